using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Telemetry;

/// <summary>What the real API tells a collector, and that it loads nothing for it without one.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TelemetryExportTests : IDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallerSpanId = "00f067aa0ba902b7";

    private readonly TemporaryFolder _folder = new();

    private string DatabaseFile => _folder.File("runmetrics.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Start_with_a_collector_exports_requests_what_becomes_of_facts_and_the_log()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var environment = receiver.Environment;
        environment["Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information";
        using var api = await ApiProcess.StartInAsync(environment, DatabaseFile);

        (await PutAsync(api, "run-1", "wo-7")).ShouldBe(HttpStatusCode.Created);
        (await PutAsync(api, "run-1", "wo-8")).ShouldBe(HttpStatusCode.Conflict);
        (await PutAsync(api, "run-2", "a b")).ShouldBe(HttpStatusCode.BadRequest);

        await Eventually.TrueAsync(() => receiver.Spans.Count(span => span.TraceId == TraceId) == 3);
        receiver.Spans.Where(span => span.TraceId == TraceId).ShouldAllBe(span =>
            span.Name == "PUT runs/{runId}"
            && span.ParentSpanId == CallerSpanId
            && span.Attributes.Contains("http.route=runs/{runId}", StringComparison.Ordinal)
            && span.Resource.Contains("service.name=runmetrics-api service.version=", StringComparison.Ordinal));

        await Eventually.TrueAsync(() => Requests(receiver, "201") == 1 && Requests(receiver, "400") == 1 && Requests(receiver, "409") == 1);
        await Eventually.TrueAsync(() =>
            receiver.Last("runmetrics.facts.refused", "runmetrics.reason=conflict") is { Value: 1, Unit: "{fact}" }
            && receiver.Last("runmetrics.facts.refused", "runmetrics.reason=invalid") is { Value: 1 });
        await Eventually.TrueAsync(() => receiver.Last("runmetrics.batch.size") is { Value: 2, Count: 2, Unit: "{fact}" });
        await Eventually.TrueAsync(() => receiver.Last("runmetrics.commit.duration") is { Value: > 0, Count: 2, Unit: "s" });
        await Eventually.TrueAsync(() => receiver.Last("runmetrics.queue.length") is { Value: 0, Unit: "{fact}" });

        await Eventually.TrueAsync(() => receiver.Logs.Any(log => log.Body == $"The database is {DatabaseFile}" && log.Severity == "Information"));
        await Eventually.TrueAsync(() => receiver.Logs.Count(log => log.Body.StartsWith("Request starting", StringComparison.Ordinal) && log.TraceId == TraceId) == 3);
    }

    [Test]
    public async Task Start_with_a_service_name_in_the_environment_exports_under_it()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var environment = receiver.Environment;
        environment["OTEL_SERVICE_NAME"] = "metrics-of-team-a";

        using var api = await ApiProcess.StartInAsync(environment, DatabaseFile);

        await Eventually.TrueAsync(() => !receiver.Logs.IsEmpty);
        receiver.Logs.First().Resource.ShouldContain("service.name=metrics-of-team-a ");
    }

    [Test]
    public async Task Stop_exports_what_was_not_exported_yet()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var environment = receiver.Environment;
        environment["OTEL_BSP_SCHEDULE_DELAY"] = environment["OTEL_METRIC_EXPORT_INTERVAL"] = "3600000";
        using var api = await ApiProcess.StartInAsync(environment, DatabaseFile);
        await PutAsync(api, "run-1", "wo-7");

        var exitCode = await api.StopAsync();

        exitCode.ShouldBe(0);
        receiver.Spans.ShouldHaveSingleItem().TraceId.ShouldBe(TraceId);
        receiver.Last("runmetrics.batch.size")!.Value.ShouldBe(1);
    }

    [Test]
    public async Task Stop_with_a_collector_that_never_answers_ends_as_without_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var api = await ApiProcess.StartInAsync(OtlpReceiver.EnvironmentFor($"http://{silent.LocalEndpoint}"), DatabaseFile);
        (await PutAsync(api, "run-1", "wo-7")).ShouldBe(HttpStatusCode.Created);

        var exitCode = await api.StopAsync();

        exitCode.ShouldBe(0);
    }

    [TestCase(null, false)]
    [TestCase("", false)]
    [TestCase("http://127.0.0.1:9", true)]
    public async Task Start_only_with_a_collector_loads_OpenTelemetry(string? endpoint, bool loads)
    {
        LoadedFiles.Require();
        using var api = await ApiProcess.StartInAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint }, DatabaseFile);

        (await PutAsync(api, "run-1", "wo-7")).ShouldBe(HttpStatusCode.Created);

        var loaded = LoadedFiles.Of(api.Id);
        loaded.ShouldContain(name => name == "RunMetrics.Api.dll");
        loaded.Any(name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal)).ShouldBe(loads);
    }

    [Test]
    public async Task Start_with_a_collector_at_no_address_is_refused_in_one_line()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "localhost:4317" };
        using var process = ApiProcess.LaunchIn(environment, DatabaseFile, "--urls", "http://127.0.0.1:0");

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(1);
        process.Errors.ShouldBe("OTEL_EXPORTER_OTLP_ENDPOINT is 'localhost:4317'; accepted: http or https, such as http://localhost:4317.");
    }

    private static async Task<HttpStatusCode> PutAsync(ApiProcess api, string runId, string workOrderId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"runs/{runId}")
        {
            Content = JsonContent.Create(new { project_id = "bop", work_order_id = workOrderId }),
            Headers = { { "traceparent", $"00-{TraceId}-{CallerSpanId}-01" } },
        };
        using var response = await api.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static long? Requests(OtlpReceiver receiver, string status) => receiver.Points
        .LastOrDefault(point => point is { Metric: "http.server.request.duration", Unit: "s" }
            && point.Attributes.Contains($"http.response.status_code={status} ", StringComparison.Ordinal))
        ?.Count;
}
