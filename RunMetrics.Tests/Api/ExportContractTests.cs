using System.Net;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class ExportContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    private const string Csv = "text/csv";

    private const string Head =
        "run_id,project_id,work_order_id,run_status,run_started_at,run_ended_at,labels,"
        + "id,phase,iteration,started_at,ended_at,duration_seconds,outcome,metadata\r\n";

    [Test]
    public async Task Export_has_every_field_of_a_fact_in_its_order()
    {
        var (project, lines) = await ImportSampleAsync();

        var answer = await GetAsync($"run-metrics/export?repo={project}");

        answer.ShouldBe(new ApiAnswer(HttpStatusCode.OK, ApiAnswer.Ndjson, string.Concat(lines.Select(line => $"{line}\n"))));
    }

    [Test]
    public async Task Export_as_csv_has_a_row_for_each_phase_and_one_for_a_run_without()
    {
        var (project, _) = await ImportSampleAsync();

        var answer = await ApiAnswer.SendAsync(Client, HttpMethod.Get, $"run-metrics/export?repo={project}", accept: Csv);

        answer.ShouldBe(new ApiAnswer(
            HttpStatusCode.OK,
            Csv,
            Head
            + $"{project}.0,{project},wo-1,running,2026-01-12T09:00:00.000Z,,,,,,,,,,\r\n"
            + $"{project}.1,{project},\"'-wo.1\",failed,2026-01-12T10:00:00.000Z,2026-01-12T11:00:00.000Z,\"{{\"\"model\"\":\"\"opus\"\",\"\"note\"\":\"\"=1+1, \\\"\"é\\\"\"\"\"}}\","
            + $"{project}.1.1,reviewer,2,2026-01-12T10:00:00.000Z,2026-01-12T10:00:01.500Z,2,changes_requested,\"{{\"\"n\"\":[1.50,null]}}\"\r\n"
            + $"{project}.1,{project},\"'-wo.1\",failed,2026-01-12T10:00:00.000Z,2026-01-12T11:00:00.000Z,\"{{\"\"model\"\":\"\"opus\"\",\"\"note\"\":\"\"=1+1, \\\"\"é\\\"\"\"\"}}\","
            + $"{project}.1.2,test,1,2026-01-12T10:10:00.000Z,,,,\r\n"
            + $"{project}.2,{project},wo-1,running,2026-01-12T12:00:00.000Z,,,,,,,,,,\r\n"));
    }

    [TestCase(null, ApiAnswer.Ndjson)]
    [TestCase("*/*", ApiAnswer.Ndjson)]
    [TestCase("application/x-ndjson", ApiAnswer.Ndjson)]
    [TestCase("application/json", ApiAnswer.Ndjson)]
    [TestCase("text/csv", Csv)]
    [TestCase("TEXT/CSV; charset=utf-8", Csv)]
    [TestCase("text/*", Csv)]
    [TestCase("text/csv, */*;q=0.1", Csv)]
    [TestCase("text/csv, */*", Csv)]
    [TestCase("text/csv, application/x-ndjson", ApiAnswer.Ndjson)]
    [TestCase("text/csv;q=0.5, application/x-ndjson", ApiAnswer.Ndjson)]
    [TestCase("text/csv;q=0, */*", ApiAnswer.Ndjson)]
    [TestCase("nonsense", ApiAnswer.Ndjson)]
    public async Task Export_is_what_the_client_accepts_first(string? accept, string mediaType)
    {
        var answer = await ApiAnswer.SendAsync(Client, HttpMethod.Get, $"run-metrics/export?repo={NewId()}", accept: accept);

        answer.ShouldBe(new ApiAnswer(HttpStatusCode.OK, mediaType, mediaType == Csv ? Head : ""));
    }

    [Test]
    public async Task Export_is_narrowed_by_project_and_window()
    {
        var (project, lines) = await ImportSampleAsync();

        (await GetAsync($"run-metrics/export?repo={project}&since=2026-01-12T10:00:00.001Z")).Body.ShouldBe($"{lines[4]}\n");
        (await GetAsync($"run-metrics/export?repo={project}&until=2026-01-12T10:00:00Z")).Body.ShouldBe($"{lines[0]}\n");
        (await GetAsync("run-metrics/export")).Body.ShouldContain(lines[4]);
    }

    [TestCase("repo=", "repo", "repo is ''; accepted: 1 to 128 of A-Z a-z 0-9 . _ : / -.")]
    [TestCase("since=now", "since", "since is 'now'; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase("project=acme", "project", "project is 'acme'; accepted: the query parameters repo, since, until, each once.")]
    public async Task Export_of_a_filter_that_is_none_is_refused(string query, string name, string message) =>
        Problem.Read(await GetAsync($"run-metrics/export?{query}")).Errors[name].ShouldBe([message]);

    [Test]
    public async Task Export_of_metadata_that_another_program_wrote_and_nobody_can_read_keeps_its_line_and_all_others()
    {
        var project = NewId();
        var run = await PutRunAsync(project);
        Database.Rows(
            $$"""
            INSERT INTO run_phase_metrics VALUES ('{{run}}.1', '{{run}}', 'test', 1, '2026-01-12T10:00:00.000Z', NULL, NULL, NULL, '{ "a" : "\ud800 \" b", "c" : [ 1 ] }');
            INSERT INTO run_phase_metrics VALUES ('{{run}}.2', '{{run}}', 'test', 1, '2026-01-12T10:00:01.000Z', NULL, NULL, NULL, '{ "a" : "\ud83d\ude00" }');
            """);

        var export = await GetAsync($"run-metrics/export?repo={project}");
        var list = await GetAsync($"runs/{run}/metrics");

        foreach (var answer in new[] { export, list })
        {
            answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
            answer.Body.ShouldContain(""","metadata":{"a":"\ud800 \" b","c":[1]}""");
            answer.Body.ShouldContain(""","metadata":{"a":"\uD83D\uDE00"}""");
        }

        export.Body.Count(character => character == '\n').ShouldBe(3);
    }

    [Test]
    public async Task ExportAsync_of_a_client_copies_the_lines()
    {
        var (project, lines) = await ImportSampleAsync();
        using var queries = HttpRunMetricsQueries.Create(Api.Address);
        using var copy = new MemoryStream();

        await queries.ExportAsync(project, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), copy, CancellationToken.None);

        System.Text.Encoding.UTF8.GetString(copy.ToArray()).ShouldBe(string.Concat(lines.Select(line => $"{line}\n")));
        using var elsewhere = HttpRunMetricsQueries.Create(new Uri(Api.Address, "elsewhere"));
        await Should.ThrowAsync<StoreUnavailableException>(() => elsewhere.ExportAsync(null, null, null, copy, CancellationToken.None));
    }

    /// <summary>Imports facts of a project of its own, which are as an export writes them.</summary>
    private async Task<(string Project, string[] Lines)> ImportSampleAsync()
    {
        var project = NewId();
        string[] lines =
        [
            """{"run":{"id":"PROJECT.0","project_id":"PROJECT","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T09:00:00.000Z","ended_at":null,"labels":null}}""",
            """{"run":{"id":"PROJECT.1","project_id":"PROJECT","work_order_id":"-wo.1","status":"failed","started_at":"2026-01-12T10:00:00.000Z","ended_at":"2026-01-12T11:00:00.000Z","labels":{"model":"opus","note":"=1+1, \"é\""}}}""",
            """{"phase_metric":{"id":"PROJECT.1.1","run_id":"PROJECT.1","phase":"reviewer","iteration":2,"started_at":"2026-01-12T10:00:00.000Z","ended_at":"2026-01-12T10:00:01.500Z","duration_seconds":2,"outcome":"changes_requested","metadata":{"n":[1.50,null]}}}""",
            """{"phase_metric":{"id":"PROJECT.1.2","run_id":"PROJECT.1","phase":"test","iteration":1,"started_at":"2026-01-12T10:10:00.000Z","ended_at":null,"duration_seconds":null,"outcome":null,"metadata":null}}""",
            """{"run":{"id":"PROJECT.2","project_id":"PROJECT","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T12:00:00.000Z","ended_at":null,"labels":null}}""",
        ];
        lines = [.. lines.Select(line => line.Replace("PROJECT", project, StringComparison.Ordinal))];
        var answer = await ImportAsync(lines);
        answer.Body.ShouldBe("""{"accepted":5,"unchanged":0,"rejected":0,"errors":[]}""");
        return (project, lines);
    }
}
