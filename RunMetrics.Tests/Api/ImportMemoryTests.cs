using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>What an import takes of memory does not grow with what is sent, and neither does its answer.</summary>
public sealed class ImportMemoryTests
{
    private const int MiB = 1024 * 1024;
    private const int HeapMiB = 96;

    private TemporaryFolder _folder = null!;
    private ApiProcess _api = null!;

    [SetUp]
    public async Task StartApiAsync()
    {
        _folder = new TemporaryFolder();
        _api = await ApiProcess.StartInAsync(HeapLimit.OfMebibytes(HeapMiB), _folder.File("runmetrics.db"));
    }

    [TearDown]
    public void EndApi()
    {
        _api.Dispose();
        _folder.Dispose();
    }

    /// <summary>Wide lines whose bytes alone, and short ones whose facts, would not fit into the heap.</summary>
    [TestCase(64 * 1024, 256)]
    [TestCase(0, 48)]
    public async Task Import_of_a_body_that_does_not_fit_into_the_heap_is_stored_whole(int lineWidth, int bodyMiB)
    {
        using var content = new FactLineContent(Guid.CreateVersion7().ToString(), bodyMiB * (long)MiB, lineWidth);

        var answer = await ApiAnswer.SendAsync(_api.Client, HttpMethod.Post, "run-metrics/import", content);

        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        answer.Body.ShouldBe($$"""{"accepted":{{content.Lines}},"unchanged":0,"rejected":0,"errors":[]}""");
    }

    [TestCase("""{"run":{FIELDS}}""")]
    [TestCase("""{"phase_metric":{"id":"m","metadata":{FIELDS},FIELDS}}""")]
    [TestCase("""{FIELDS}""")]
    public async Task Import_of_lines_with_thousands_of_unknown_fields_answers_with_less_than_a_megabyte(string line)
    {
        var fields = string.Join(',', Enumerable.Range(0, 2000).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"\\u0001\\u2028{i}\":\"\\u0002\\u2029{i}\"")));
        var hostile = Encoding.UTF8.GetBytes(line.Replace("FIELDS", fields, StringComparison.Ordinal) + "\n");
        var lines = (8 * MiB / hostile.Length) + 1;

        var answer = await ApiAnswer.ImportAsync(_api.Client, [.. Enumerable.Repeat(hostile, lines).SelectMany(bytes => bytes)]);

        answer.Status.ShouldBe(HttpStatusCode.MultiStatus);
        Encoding.UTF8.GetByteCount(answer.Body).ShouldBeLessThan(MiB);
        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("rejected").GetInt64().ShouldBe(lines);
    }

    [TestCase("PUT", "runs/r-1")]
    [TestCase("POST", "runs/r-1/metrics")]
    public async Task Fact_of_a_megabyte_of_unknown_fields_is_answered_in_short_and_says_what_was_left_out(string method, string path)
    {
        var fields = Enumerable.Range(0, 40_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"\\u0001{i}\":0"));
        using var content = new StringContent($"{{{string.Join(',', fields)}}}", Encoding.UTF8, "application/json");

        var answer = await ApiAnswer.SendAsync(_api.Client, new HttpMethod(method), path, content);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        Encoding.UTF8.GetByteCount(answer.Body).ShouldBeLessThan(100 * 1024);
        answer.Body.ShouldMatch("And [0-9]{5} more errors\\.");
    }
}
