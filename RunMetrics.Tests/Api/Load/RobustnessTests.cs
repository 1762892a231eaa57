using System.Net;
using System.Text;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Load;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RobustnessTests : IDisposable
{
    private const int IdleConnections = 2000;
    private const int Abusers = 50;

    private readonly TemporaryFolder _folder = new();
    private readonly List<RawConnection> _connections = [];
    private ApiProcess _api = null!;

    [SetUp]
    public async Task StartApiAsync() => _api = await ApiProcess.StartAsync(_folder.File("runmetrics.db"));

    public void Dispose()
    {
        _connections.ForEach(connection => connection.Dispose());
        _api?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Idle_connections_in_thousands_do_not_keep_others_from_being_served()
    {
        for (var i = 0; i < IdleConnections; i++)
        {
            await ConnectAsync();
        }

        await OthersAreServedAsync();
        foreach (var connection in _connections)
        {
            // None of them was closed to make room.
            (await connection.GetAsync("/health/live")).ShouldStartWith("HTTP/1.1 200 ");
        }
    }

    [TestCase("GET /health/live HTTP/1.1\r\nHost: local", TestName = "Half_sent_headers_do_not_keep_others_from_being_served")]
    [TestCase(
        "PUT /runs/half HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"project_id\":\"acme\",",
        TestName = "Half_sent_fact_does_not_keep_others_from_being_served")]
    [TestCase(
        "POST /run-metrics/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{\"run\":",
        TestName = "Half_sent_import_does_not_keep_others_from_being_served")]
    public async Task Half_sent_request_does_not_keep_others_from_being_served(string half)
    {
        for (var i = 0; i < Abusers; i++)
        {
            await (await ConnectAsync()).WriteAsync(Encoding.ASCII.GetBytes(half));
        }

        await OthersAreServedAsync();
        (await ApiAnswer.GetAsync(_api.Client, "runs/half")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Half_sent_body_is_given_up_after_a_while()
    {
        var connection = await ConnectAsync();
        await connection.WriteAsync(Encoding.ASCII.GetBytes(
            "PUT /runs/half HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"));

        var answer = await connection.ReadToEndAsync();

        answer.ShouldStartWith("HTTP/1.1 408 ");
        await OthersAreServedAsync();
    }

    [Test]
    public async Task Garbage_is_refused_and_does_not_keep_others_from_being_served()
    {
        var random = new Random(20260112);
        for (var i = 0; i < Abusers; i++)
        {
            var garbage = new byte[random.Next(1, 4096)];
            random.NextBytes(garbage);

            // The ends of a line and of the headers make the server judge what it has.
            garbage = [.. garbage, .. "\r\n\r\n"u8];
            var connection = await ConnectAsync();
            await connection.WriteAsync(garbage);

            var answer = await connection.ReadToEndAsync();

            answer.ShouldMatch("^(HTTP/1.1 400 |$)");
        }

        await OthersAreServedAsync();
    }

    [Test]
    public async Task Reader_that_never_reads_does_not_keep_others_from_being_served()
    {
        var calls = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /openapi/v1.json HTTP/1.1\r\nHost: localhost\r\n\r\n", 200)));
        for (var i = 0; i < Abusers; i++)
        {
            await (await ConnectAsync()).WriteAsync(calls);
        }

        await OthersAreServedAsync();
    }

    /// <summary>Another client records and reads, and the process is sound.</summary>
    private async Task OthersAreServedAsync()
    {
        using var client = new HttpClient { BaseAddress = _api.Address };
        var id = Guid.CreateVersion7().ToString("D");
        var run = await ApiAnswer.PutAsync(
            client, $"runs/{id}", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
        run.Status.ShouldBe(HttpStatusCode.Created, run.Body);
        (await ApiAnswer.GetAsync(client, $"runs/{id}")).Body.ShouldBe(run.Body);
        (await ApiAnswer.GetAsync(client, "health/ready")).Status.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<RawConnection> ConnectAsync()
    {
        var connection = await RawConnection.OpenAsync(_api.Address);
        _connections.Add(connection);
        return connection;
    }
}
