using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RunMetrics.Tests.Client;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Docs;

/// <summary>Runs the sessions of docs/http-api.md as they stand there, at the address of a test's own API.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class HttpApiSessionTests : IDisposable
{
    private const int LongestPython = 30;

    // What the sessions send last is refused.
    private const string Refusal = "work_order_id is 'wo-8'; accepted: 'wo-7', as recorded.";

    private static readonly string[] Calls =
    [
        "PUT /runs/r-1",
        "PUT /runs/r-1/metrics/m-1",
        "PUT /runs/r-1/metrics/m-1",
        "PUT /runs/r-1",
        "GET /repos/acme%2Fshop/run-metrics/summary",
        "GET /runs/r-1/metrics",
        "PUT /runs/r-1",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Session_in_curl_records_reads_and_is_refused_as_the_page_says()
    {
        using var api = await ApiProcess.StartAsync(_folder.File("runmetrics.db"));

        using var session = await RunCurlAsync(api.Address);

        var lines = session.Output.Split('\n');
        ((string?)JsonNode.Parse(lines[3])!["status"]).ShouldBe("succeeded");
        WithoutStart(JsonNode.Parse(lines[4])!).ShouldBe(WithoutStart(await ReadSummaryAsync()));
        ((int?)JsonNode.Parse(lines[5])!.AsArray().ShouldHaveSingleItem()!["metadata"]!["files_changed"]).ShouldBe(3);
        ((int?)JsonNode.Parse(lines[6])!["status"]).ShouldBe(409);
        lines[6].ShouldContain(Refusal);
        lines[7].ShouldBe("The run is of another work order.");
    }

    [Test]
    public async Task Session_in_Python_records_reads_and_is_refused_as_the_page_says()
    {
        using var api = await ApiProcess.StartAsync(_folder.File("runmetrics.db"));

        using var session = await RunPythonAsync(api.Address);

        session.Errors.ShouldBeEmpty();
        session.Output.Split('\n')[0].ShouldBe("wo-7 succeeded builder success 271");
        session.Output.Split('\n')[1].ShouldStartWith("409 ");
        session.Output.ShouldContain(Refusal);
    }

    [TestCase(429)]
    [TestCase(503)]
    public async Task Sessions_try_again_when_they_are_told_to(int status)
    {
        await using var curls = await StartRefusingOnceAsync(status);
        await using var pythons = await StartRefusingOnceAsync(status);

        using var curl = await RunCurlAsync(curls.Address);
        using var python = await RunPythonAsync(pythons.Address);

        curls.Requests.Select(request => request.Line).ShouldBe(Calls.Prepend(Calls[0]));
        pythons.Requests.Select(request => request.Line).ShouldBe(Calls.Prepend(Calls[0]));
    }

    [Test]
    public async Task Session_in_Python_has_thirty_lines_at_most() =>
        (await ReadSnippetAsync(Python())).TrimEnd().Split('\n').Length.ShouldBeLessThanOrEqualTo(LongestPython);

    /// <summary>A server that refuses the first call, then answers what the sessions read.</summary>
    private static async Task<StubServer> StartRefusingOnceAsync(int status)
    {
        var server = await StubServer.StartAsync();
        server.Answer(status, retryAfter: "1");
        foreach (var json in new[] { "{}", "{}", "{}", "{}", """{"recent_runs":[{"run_id":"r-1","wo_id":"wo-7","status":"succeeded"}]}""", "[]" })
        {
            server.AnswerJson(200, json);
        }

        return server;
    }

    private static Task<OwnedProcess> RunCurlAsync(Uri address)
    {
        Programs.Require("curl");
        return RunAsync("bash", "-c", address, Curl());
    }

    private static Task<OwnedProcess> RunPythonAsync(Uri address) => RunAsync("python3", "-c", address, Python());

    private static async Task<OwnedProcess> RunAsync(string program, string option, Uri address, Regex snippet)
    {
        Programs.Require(program);
        var code = (await ReadSnippetAsync(snippet)).Replace("http://localhost:5080", address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);
        var process = OwnedProcess.Start(program, [option, code]);
        (await process.WaitForExitAsync()).ShouldBe(0, process.Errors);
        return process;
    }

    private static async Task<JsonNode> ReadSummaryAsync() => JsonNode.Parse(await ReadSnippetAsync(Summary()))!;

    private static async Task<string> ReadSnippetAsync(Regex snippet)
    {
        var page = await File.ReadAllTextAsync(Repository.File("docs", "http-api.md"));
        return snippet.Matches(page).ShouldHaveSingleItem().Groups["code"].Value;
    }

    /// <summary>The summary with everything but when its run was recorded.</summary>
    private static string WithoutStart(JsonNode summary)
    {
        summary["recent_runs"]!.AsArray().ShouldHaveSingleItem()!.AsObject().Remove("started_at").ShouldBeTrue();
        return summary.ToJsonString();
    }

    [GeneratedRegex("^```bash\n(?<code>call\\(\\).*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Curl();

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Python();

    [GeneratedRegex("^```json\n(?<code>\\{\"avg_setup_seconds.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Summary();
}
