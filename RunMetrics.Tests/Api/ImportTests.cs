using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class ImportTests(DatabaseKind kind) : ApiFixture(kind)
{
    private const string NothingImported = """{"accepted":0,"unchanged":0,"rejected":0,"errors":[]}""";

    [TestCase("")]
    [TestCase("\n")]
    [TestCase("\r\n \t\n\n")]
    public async Task Import_of_no_fact_answers_200_with_an_empty_report(string body)
    {
        var answer = await ImportTextAsync(body);

        answer.ShouldBe(new ApiAnswer(HttpStatusCode.OK, "application/json", NothingImported));
    }

    [Test]
    public async Task Import_of_good_lines_answers_200_and_again_changes_nothing()
    {
        var run = NewId();
        string[] lines = [RunLine(run), MetricLine(run, $"{run}.1"), MetricLine(run, $"{run}.2")];

        var first = await ImportAsync(lines);
        var stored = await GetAsync($"runs/{run}/metrics");
        var second = await ImportAsync(lines);

        first.ShouldBe(new ApiAnswer(HttpStatusCode.OK, "application/json", """{"accepted":3,"unchanged":0,"rejected":0,"errors":[]}"""));
        second.ShouldBe(first with { Body = """{"accepted":0,"unchanged":3,"rejected":0,"errors":[]}""" });
        (await GetAsync($"runs/{run}/metrics")).ShouldBe(stored);
    }

    [Test]
    public async Task Import_that_moves_facts_forward_counts_them_as_accepted()
    {
        var run = NewId();
        await ImportAsync(RunLine(run), Line("phase_metric", $$"""{"id":"{{run}}.1","run_id":"{{run}}","phase":"test","started_at":"2026-01-12T10:00:00Z"}"""));

        var answer = await ImportAsync(
            MetricLine(run, $"{run}.1"),
            Line("run", $$"""{"id":"{{run}}","project_id":"acme","work_order_id":"wo-1","status":"cancelled","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T11:00:00Z"}"""));

        answer.Body.ShouldBe("""{"accepted":2,"unchanged":0,"rejected":0,"errors":[]}""");
    }

    [Test]
    public async Task Import_stores_good_lines_beside_bad_ones_and_names_each_bad_line()
    {
        var run = NewId();
        var tooLong = RunLine($"{run}.long").PadRight((256 * 1024) + 1);
        byte[][] lines =
        [
            Utf8(RunLine(run)),
            Utf8("not JSON"),
            Utf8("{}"),
            Utf8("[1]"),
            Utf8("""{"metric":{}}"""),
            Utf8("""{"run":{},"phase_metric":{}}"""),
            Utf8("""{"run":[]}"""),
            Utf8(MetricLine(run, $"{run}.1")),
            Utf8(Line("phase_metric", $$"""{"id":"{{run}}.2","run_id":"{{run}}","phase":"tests","started_at":"2026-01-12T10:00:00Z"}""")),
            Utf8(Line("run", $$"""{"id":"{{run}}","project_id":"other","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z"}""")),
            Utf8(MetricLine($"{run}.unknown", $"{run}.3")),
            Utf8(tooLong),
            Utf8(""),
            [.. Utf8("""{"run":{"id":"x"""), 0xFF, .. Utf8("\"}}")],
            Utf8("{\"run\":{\"id\":\"\ufffd\"}"),
            Utf8(MetricLine(run, $"{run}.4")),
            Utf8(MetricLine(run, $"{run}.5")[..^1]),
        ];

        var answer = await ApiAnswer.ImportAsync(Client, [.. lines.SelectMany((line, i) => i == 0 ? line : [(byte)'\n', .. line])]);

        answer.Status.ShouldBe(HttpStatusCode.MultiStatus);
        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("accepted").GetInt64().ShouldBe(2);
        report.RootElement.GetProperty("unchanged").GetInt64().ShouldBe(0);
        report.RootElement.GetProperty("rejected").GetInt64().ShouldBe(14);
        LinesOf(report).ShouldBe([2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17]);

        // The run of line 10 is another one: what is said of its phases from then on does not count as the recorded one's.
        string[] reasons =
        [
            "unreadable", "unreadable", "unreadable", "unreadable", "unreadable", "unreadable", "invalid", "conflict", "unknown_run", "unreadable", "invalid",
            "unreadable", "conflict", "unreadable",
        ];
        report.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("reason").GetString()).ShouldBe(reasons);
        var ids = report.RootElement.GetProperty("errors").EnumerateArray()
            .Where(error => error.GetProperty("id").ValueKind == JsonValueKind.String)
            .ToDictionary(error => error.GetProperty("line").GetInt64(), error => error.GetProperty("id").GetString());
        ids.ShouldBe(new Dictionary<long, string?> { [9] = $"{run}.2", [10] = run, [11] = $"{run}.3", [16] = $"{run}.4" });
        using var list = JsonDocument.Parse((await GetAsync($"runs/{run}/metrics")).Body);
        list.RootElement.EnumerateArray().Select(metric => metric.GetProperty("id").GetString()).ShouldBe([$"{run}.1"]);
    }

    [TestCase("phase_metric", """{"id":"m","phase":"setup","started_at":"2026-01-12T10:00:00Z"}""", "run_id")]
    [TestCase("run", """{"project_id":"acme","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z"}""", "id")]
    [TestCase("run", """{"id":"RUN-2","project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""", "status")]
    [TestCase("run", """{"id":"RUN-2","project_id":"acme","work_order_id":"wo-1","status":"running"}""", "started_at")]
    [TestCase("run", """{"id":"RUN-2","project_id":"acme","work_order_id":"wo-1","status":"failed","started_at":"2026-01-12T10:00:00Z"}""", "ended_at")]
    public async Task Import_fills_in_nothing(string kind, string fact, string missing)
    {
        var run = await PutRunAsync();

        var answer = await ImportAsync(Line(kind, fact.Replace("RUN", run, StringComparison.Ordinal)));

        answer.Status.ShouldBe(HttpStatusCode.MultiStatus);
        using var report = JsonDocument.Parse(answer.Body);
        var error = report.RootElement.GetProperty("errors").EnumerateArray().ShouldHaveSingleItem();
        error.GetProperty("message").GetString()!.ShouldStartWith($"{missing} is missing; accepted: ");
    }

    [Test]
    public async Task Import_of_a_metric_without_id_is_the_same_fact_as_a_POST_of_it()
    {
        var run = await PutRunAsync();
        const string Metric = "\"phase\":\"setup\",\"started_at\":\"2026-01-12T10:00:00Z\",\"outcome\":\"success\"}";

        var imported = await ImportAsync(Line("phase_metric", $"{{\"run_id\":\"{run}\",{Metric}"));
        var again = await PostAsync($"runs/{run}/metrics", "{" + Metric);
        var other = await PostAsync($"runs/{run}/metrics", ("{" + Metric).Replace("success", "failed", StringComparison.Ordinal));

        imported.Status.ShouldBe(HttpStatusCode.OK, imported.Body);
        again.Status.ShouldBe(HttpStatusCode.OK, again.Body);
        other.Status.ShouldBe(HttpStatusCode.Conflict);
        other.Body.ShouldContain("\"reason\":\"conflict\"");
        using var list = JsonDocument.Parse((await GetAsync($"runs/{run}/metrics")).Body);
        list.RootElement.EnumerateArray().ShouldHaveSingleItem().GetProperty("outcome").GetString().ShouldBe("success");
    }

    [Test]
    public async Task Import_of_another_run_under_the_id_keeps_its_phases_apart_over_many_batches()
    {
        var run = await PutRunAsync();
        var other = Line("run", $$"""{"id":"{{run}}","project_id":"other","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z"}""");
        var same = Line("run", $$"""{"id":"{{run}}","project_id":"{{run}}","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z"}""");
        var unrelated = NewId();

        var answer = await ImportAsync(
            [other, RunLine(unrelated), .. Enumerable.Range(0, 1500).Select(i => MetricLine(i % 2 == 0 ? run : unrelated, $"{unrelated}.{i}")), same, MetricLine(run, $"{run}.last")]);

        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("accepted").GetInt64().ShouldBe(1 + 750 + 1);
        report.RootElement.GetProperty("unchanged").GetInt64().ShouldBe(1);
        report.RootElement.GetProperty("rejected").GetInt64().ShouldBe(1 + 750);
        using var list = JsonDocument.Parse((await GetAsync($"runs/{run}/metrics")).Body);
        list.RootElement.EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe($"{run}.last");
    }

    [Test]
    public async Task Import_refuses_a_metric_before_its_run_and_takes_it_after()
    {
        var run = NewId();

        var answer = await ImportAsync(MetricLine(run, $"{run}.1"), RunLine(run), MetricLine(run, $"{run}.1"));

        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("accepted").GetInt64().ShouldBe(2);
        LinesOf(report).ShouldBe([1]);
    }

    [TestCase("\ufeff", "\n", "\n")]
    [TestCase("", "\r\n", "\r\n")]
    [TestCase("\ufeff", "\r\n", "")]
    [TestCase("", "\n", "")]
    [TestCase("", "\n\n \t\n", "\n \n")]
    public async Task Import_takes_line_ends_blanks_and_a_byte_order_mark_as_they_come(string start, string separator, string end)
    {
        var run = NewId();
        string[] lines = [RunLine(run), $"  {MetricLine(run, $"{run}.1")}\t", MetricLine(run, $"{run}.2")];

        var answer = await ImportTextAsync(start + string.Join(separator, lines) + end);

        answer.Body.ShouldBe("""{"accepted":3,"unchanged":0,"rejected":0,"errors":[]}""");
    }

    [Test]
    public async Task Import_takes_a_line_of_256_KiB()
    {
        var answer = await ImportTextAsync(RunLine(NewId()).PadRight(256 * 1024) + "\n");

        answer.Body.ShouldBe("""{"accepted":1,"unchanged":0,"rejected":0,"errors":[]}""");
    }

    [TestCase("\n")]
    [TestCase("")]
    public async Task Import_refuses_a_line_that_is_far_too_long_once(string end)
    {
        var run = NewId();

        var answer = await ImportTextAsync($"{RunLine(run)}\n{new string('x', 3 * 1024 * 1024)}{end}");

        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("accepted").GetInt64().ShouldBe(1);
        report.RootElement.GetProperty("rejected").GetInt64().ShouldBe(1);
        LinesOf(report).ShouldBe([2]);
    }

    [Test]
    public async Task Import_lists_the_first_100_bad_lines_and_counts_all()
    {
        var run = NewId();
        var lines = Enumerable.Range(1, 1300).Select(i => i % 2 == 1 ? $"bad {i}" : MetricLine(run, $"{run}.{i}")).Prepend(RunLine(run)).ToArray();

        var answer = await ImportAsync(lines);

        answer.Status.ShouldBe(HttpStatusCode.MultiStatus);
        using var report = JsonDocument.Parse(answer.Body);
        report.RootElement.GetProperty("accepted").GetInt64().ShouldBe(651);
        report.RootElement.GetProperty("rejected").GetInt64().ShouldBe(650);
        LinesOf(report).ShouldBe(Enumerable.Range(1, 100).Select(i => (2L * i)));
    }

    [TestCase(499)]
    [TestCase(500)]
    [TestCase(501)]
    [TestCase(1001)]
    public async Task Import_across_batches_stores_every_fact_once(int metrics)
    {
        var run = NewId();
        var ids = Enumerable.Range(1, metrics).Select(i => string.Create(CultureInfo.InvariantCulture, $"{run}.{i:0000}")).ToArray();
        string[] lines = [RunLine(run), .. ids.Select(id => MetricLine(run, id))];

        var first = await ImportAsync(lines);
        var second = await ImportAsync(lines);

        first.Body.ShouldBe($$"""{"accepted":{{metrics + 1}},"unchanged":0,"rejected":0,"errors":[]}""");
        second.Body.ShouldBe($$"""{"accepted":0,"unchanged":{{metrics + 1}},"rejected":0,"errors":[]}""");
        using var list = JsonDocument.Parse((await GetAsync($"runs/{run}/metrics")).Body);
        list.RootElement.EnumerateArray().Select(metric => metric.GetProperty("id").GetString()).ShouldBe(ids);
    }

    [Test]
    public async Task Import_of_a_fact_twice_in_one_body_counts_the_second_as_unchanged()
    {
        var run = NewId();

        var answer = await ImportAsync(RunLine(run), RunLine(run), MetricLine(run, $"{run}.1"), MetricLine(run, $"{run}.1"));

        answer.Body.ShouldBe("""{"accepted":2,"unchanged":2,"rejected":0,"errors":[]}""");
    }

    private static IEnumerable<long> LinesOf(JsonDocument report) =>
        report.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("line").GetInt64());

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Line(string kind, string fact) => $$"""{"{{kind}}":{{fact}}}""";

    private static string RunLine(string id) => FactLines.Run(id);

    private static string MetricLine(string runId, string id) => FactLines.Metric(runId, id);

    private Task<ApiAnswer> ImportTextAsync(string body) => ApiAnswer.ImportAsync(Client, Utf8(body));
}
