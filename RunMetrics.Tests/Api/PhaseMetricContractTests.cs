using System.Net;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class PhaseMetricContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    [Test]
    public async Task PostMetric_with_id_answers_201_with_the_metric()
    {
        var run = await PutRunAsync();
        var id = NewId();

        var answer = await PostAsync(
            $"runs/{run}/metrics",
            $$$"""
            {"id":"{{{id}}}","run_id":"{{{run}}}","phase":"reviewer","iteration":2,"started_at":"2026-01-12T10:00:00.500Z",
             "ended_at":"2026-01-12T10:00:03Z","outcome":"changes_requested","metadata":{"issues": 2, "note": "Größe <1 & ok"}}
            """);

        answer.Status.ShouldBe(HttpStatusCode.Created, answer.Body);
        answer.MediaType.ShouldBe("application/json");

        // 2.5 s are rounded away from zero.
        answer.Body.ShouldBe(
            $$$"""
            {"id":"{{{id}}}","run_id":"{{{run}}}","phase":"reviewer","iteration":2,"started_at":"2026-01-12T10:00:00.500Z",
            "ended_at":"2026-01-12T10:00:03.000Z","duration_seconds":3,"outcome":"changes_requested",
            "metadata":{"issues":2,"note":"Größe <1 & ok"}}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task PostMetric_without_id_makes_a_lower_case_UUID_of_what_it_says()
    {
        var run = await PutRunAsync();

        var answer = await PostAsync($"runs/{run}/metrics", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z"}""");

        answer.Status.ShouldBe(HttpStatusCode.Created);
        using var metric = JsonDocument.Parse(answer.Body);
        var id = metric.RootElement.GetProperty("id").GetString()!;
        id.ShouldMatch("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$");
        answer.Body.ShouldBe(
            $$"""
            {"id":"{{id}}","run_id":"{{run}}","phase":"setup","iteration":1,"started_at":"2026-01-12T10:00:00.000Z",
            "ended_at":null,"duration_seconds":null,"outcome":null,"metadata":null}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task PostMetric_again_answers_200_and_stores_nothing_twice()
    {
        var run = await PutRunAsync();
        var body = $$"""{"id":"{{NewId()}}","phase":"setup","started_at":"2026-01-12T10:00:00Z","outcome":"failed"}""";
        var first = await PostAsync($"runs/{run}/metrics", body);

        var answer = await PostAsync($"runs/{run}/metrics", body);

        answer.ShouldBe(first with { Status = HttpStatusCode.OK });
        (await GetAsync($"runs/{run}/metrics")).Body.ShouldBe($"[{first.Body}]");
    }

    [Test]
    public async Task PutMetric_with_end_and_outcome_closes_the_open_phase()
    {
        var run = await PutRunAsync();
        var id = NewId();
        var opened = await PutAsync(
            $"runs/{run}/metrics/{id}", """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","metadata":{"agent":"a1"}}""");

        var closed = await PutAsync(
            $"runs/{run}/metrics/{id}",
            """
            {"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","duration_seconds":1190,
             "outcome":"success","metadata":{"files_changed":4}}
            """);

        opened.Status.ShouldBe(HttpStatusCode.Created);
        closed.Status.ShouldBe(HttpStatusCode.OK, closed.Body);
        closed.Body.ShouldBe(
            $$$"""
            {"id":"{{{id}}}","run_id":"{{{run}}}","phase":"builder","iteration":1,"started_at":"2026-01-12T10:00:00.000Z",
            "ended_at":"2026-01-12T10:20:00.000Z","duration_seconds":1190,"outcome":"success",
            "metadata":{"agent":"a1","files_changed":4}}
            """.ReplaceLineEndings(""));
    }

    [TestCase("""{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","outcome":"success"}""")]
    [TestCase("""{"phase":"builder","started_at":"2026-01-12T10:00:00Z"}""")]
    public async Task PutMetric_that_adds_nothing_answers_200_and_changes_nothing(string again)
    {
        var path = $"runs/{await PutRunAsync()}/metrics/{NewId()}";
        var first = await PutAsync(
            path, """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","outcome":"success"}""");

        var answer = await PutAsync(path, again);

        answer.ShouldBe(first with { Status = HttpStatusCode.OK });
    }

    [TestCase("phase", """{"phase":"test","started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("iteration", """{"phase":"builder","iteration":2,"started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("started_at", """{"phase":"builder","started_at":"2026-01-12T10:00:01Z"}""")]
    [TestCase("outcome", """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","outcome":"failed"}""")]
    [TestCase("ended_at", """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00.001Z","outcome":"success"}""")]
    [TestCase("duration_seconds", """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","duration_seconds":1,"outcome":"success"}""")]
    [TestCase("metadata", """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","outcome":"success","metadata":{"exit_code":1}}""")]
    public async Task PutMetric_that_contradicts_answers_409_and_the_metric_stays(string field, string contradiction)
    {
        var run = await PutRunAsync();
        var id = NewId();
        var closed = await PutAsync(
            $"runs/{run}/metrics/{id}",
            """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:20:00Z","outcome":"success","metadata":{"exit_code":0}}""");

        var answer = await PutAsync($"runs/{run}/metrics/{id}", contradiction);

        answer.Status.ShouldBe(HttpStatusCode.Conflict, answer.Body);
        Problem.Read(answer).Errors.Keys.ShouldBe([field]);
        (await GetAsync($"runs/{run}/metrics")).Body.ShouldBe($"[{closed.Body}]");
    }

    [Test]
    public async Task PutMetric_end_that_was_unknown_becomes_known_once()
    {
        var project = $"project-{NewId()}";
        var run = await PutRunAsync(project);
        var address = $"runs/{run}/metrics/{NewId()}";
        const string Closed = """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","outcome":"success"}""";
        const string WithEnd = """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","outcome":"success","ended_at":"2026-01-12T10:01:30Z"}""";
        (await PutAsync(address, Closed)).Body.ShouldContain("\"ended_at\":null,\"duration_seconds\":null");

        var known = await PutAsync(address, WithEnd);

        known.Status.ShouldBe(HttpStatusCode.OK, known.Body);
        known.Body.ShouldContain("\"ended_at\":\"2026-01-12T10:01:30.000Z\",\"duration_seconds\":90");
        (await PutAsync(address, Closed)).ShouldBe(known);
        (await PutAsync(address, WithEnd)).ShouldBe(known);
        (await GetAsync($"repos/{project}/run-metrics/summary")).Body.ShouldContain("\"avg_builder_seconds\":90,");
        var other = await PutAsync(address, WithEnd.Replace("10:01:30", "10:01:31", StringComparison.Ordinal));
        other.Status.ShouldBe(HttpStatusCode.Conflict);
        Problem.Read(other).Errors.Keys.ShouldBe(["ended_at"]);
    }

    [Test]
    public async Task PutMetric_of_another_run_answers_409()
    {
        var id = NewId();
        const string Body = """{"phase":"builder","started_at":"2026-01-12T10:00:00Z"}""";
        await PutAsync($"runs/{await PutRunAsync()}/metrics/{id}", Body);

        var answer = await PutAsync($"runs/{await PutRunAsync()}/metrics/{id}", Body);

        answer.Status.ShouldBe(HttpStatusCode.Conflict);
        Problem.Read(answer).Errors.Keys.ShouldBe(["run_id"]);
    }

    [Test]
    public async Task PostMetric_to_an_unknown_run_answers_404_and_names_run_id()
    {
        var answer = await PostAsync($"runs/{NewId()}/metrics", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z"}""");

        answer.Status.ShouldBe(HttpStatusCode.NotFound);
        Problem.Read(answer).Errors.Keys.ShouldBe(["run_id"]);
    }

    [Test]
    public async Task ListMetrics_without_any_is_an_empty_array()
    {
        var run = await PutRunAsync();

        var answer = await GetAsync($"runs/{run}/metrics");

        answer.ShouldBe(new ApiAnswer(HttpStatusCode.OK, "application/json", "[]"));
    }

    [Test]
    public async Task ListMetrics_of_an_unknown_run_answers_404()
    {
        var answer = await GetAsync($"runs/{NewId()}/metrics");

        Problem.Read(answer).Status.ShouldBe(404);
    }

    [Test]
    public async Task ListMetrics_is_ordered_by_start_then_phase_then_id()
    {
        var run = await PutRunAsync();
        (string Id, string Phase, string StartedAt)[] metrics =
        [
            ("6-merge", "merge", "10:00:00.001"),
            ("5-reviewer", "reviewer", "10:00:00"),
            ("7-setup", "setup", "10:00:00.002"),
            ("2-builder-b", "builder", "10:00:00"),
            ("4-test", "test", "10:00:00"),
            ("2-builder-a", "builder", "10:00:00"),
            ("1-setup", "setup", "10:00:00"),
        ];
        foreach (var (id, phase, startedAt) in metrics)
        {
            await PutAsync($"runs/{run}/metrics/{run}.{id}", $$"""{"phase":"{{phase}}","started_at":"2026-01-12T{{startedAt}}Z"}""");
        }

        var answer = await GetAsync($"runs/{run}/metrics");

        using var list = JsonDocument.Parse(answer.Body);
        list.RootElement.EnumerateArray().Select(metric => metric.GetProperty("id").GetString()![(run.Length + 1)..]).ShouldBe(
            ["1-setup", "2-builder-a", "2-builder-b", "4-test", "5-reviewer", "6-merge", "7-setup"]);
    }
}
