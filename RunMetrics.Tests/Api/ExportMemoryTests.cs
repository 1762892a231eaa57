using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>An export of any size, to readers as slow as they are.</summary>
public sealed class ExportMemoryTests
{
    private const int HeapMiB = 64;
    private const int Runs = 100_000;

    private SqliteTestDatabase _database = null!;
    private ApiProcess _api = null!;

    [OneTimeSetUp]
    public async Task FillDatabaseAsync()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(_database.FilePath, Runs);
    }

    [OneTimeTearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [SetUp]
    public async Task StartApiAsync() => _api = await ApiProcess.StartInAsync(HeapLimit.OfMebibytes(HeapMiB), _database.FilePath);

    [TearDown]
    public void EndApi() => _api.Dispose();

    [TestCase("application/x-ndjson")]
    [TestCase("text/csv")]
    public async Task Export_of_a_history_that_does_not_fit_into_the_heap_is_sent_whole(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "run-metrics/export");
        request.Headers.Add("Accept", accept);
        using var answer = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();

        var bytes = 0L;
        var buffer = new byte[65536];
        int count;
        while ((count = await body.ReadAsync(buffer)) > 0)
        {
            bytes += count;
        }

        // Each run and its phase take more than 700 bytes.
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        bytes.ShouldBeGreaterThan(Runs * 700L);
    }

    [Test]
    public async Task Export_whose_reader_stays_lets_the_log_be_emptied_while_others_write()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "run-metrics/export");
        using var answer = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        var write = await ApiAnswer.PutAsync(_api.Client, "runs/new", """{"project_id":"acme","work_order_id":"wo-1"}""");

        write.Status.ShouldBe(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => _database.Rows("PRAGMA wal_checkpoint(TRUNCATE)") is ["0|0|0"]);
        (await body.ReadAsync(new byte[1])).ShouldBe(1);
    }
}
