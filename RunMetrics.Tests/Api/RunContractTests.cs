using System.Net;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class RunContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    [Test]
    public async Task PutRun_new_answers_201_with_the_run()
    {
        var id = NewId();

        var answer = await PutAsync(
            $"runs/{id}",
            """{"project_id":"acme/shop","work_order_id":"032-cart","status":"running","started_at":"2026-01-12T11:00:00.1239+01:00"}""");

        answer.Status.ShouldBe(HttpStatusCode.Created);
        answer.MediaType.ShouldBe("application/json");
        answer.Body.ShouldBe(
            $$"""
            {"id":"{{id}}","project_id":"acme/shop","work_order_id":"032-cart","status":"running","iteration":1,
            "started_at":"2026-01-12T10:00:00.123Z","ended_at":null,"total_seconds":0,"labels":null}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task PutRun_with_the_end_answers_200_with_the_ended_run()
    {
        var id = await PutRunAsync("acme");

        var answer = await PutAsync(
            $"runs/{id}", """{"project_id":"acme","work_order_id":"wo-1","status":"succeeded","ended_at":"2026-01-12T10:30:00Z"}""");

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Body.ShouldBe(
            $$"""
            {"id":"{{id}}","project_id":"acme","work_order_id":"wo-1","status":"succeeded","iteration":1,
            "started_at":"2026-01-12T10:00:00.000Z","ended_at":"2026-01-12T10:30:00.000Z","total_seconds":0,"labels":null}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task PutRun_with_labels_adds_them_until_the_run_ends_and_never_changes_one()
    {
        var id = await PutRunAsync("acme");
        Task<ApiAnswer> PutLabelsAsync(string labels, string more = "") =>
            PutAsync($"runs/{id}", $$"""{"project_id":"acme","work_order_id":"wo-1","labels":{{labels}}{{more}}}""");

        var added = await PutLabelsAsync("""{"model":"opus","agent":"coder 2: \"beta\""}""");
        var more = await PutLabelsAsync("""{"size":"s"}""");
        var other = await PutLabelsAsync("""{"model":"haiku"}""");
        var ended = await PutLabelsAsync("""{"ticket":"7"}""", ""","status":"failed" """);
        var late = await PutLabelsAsync("""{"late":"1"}""");

        added.Status.ShouldBe(HttpStatusCode.OK, added.Body);
        added.Body.ShouldEndWith(""","total_seconds":0,"labels":{"agent":"coder 2: \"beta\"","model":"opus"}}""");
        more.Body.ShouldEndWith(""","model":"opus","size":"s"}}""");
        other.Status.ShouldBe(HttpStatusCode.Conflict);
        Problem.Read(other).Errors["labels.model"].ShouldBe(["labels.model is 'haiku'; accepted: 'opus', as recorded."]);
        ended.Status.ShouldBe(HttpStatusCode.OK, ended.Body);
        late.Status.ShouldBe(HttpStatusCode.Conflict);
        (await GetAsync($"runs/{id}")).Body.ShouldBe(ended.Body);
        ended.Body.ShouldContain("""{"agent":"coder 2: \"beta\"","model":"opus","size":"s","ticket":"7"}""");
    }

    [TestCase("""{"project_id":"acme","work_order_id":"wo-1","status":"failed","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:30:00Z"}""")]
    [TestCase("""{"project_id":"acme","work_order_id":"wo-1","status":"failed"}""")]
    [TestCase("""{"project_id":"acme","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z","ended_at":null}""")]
    [TestCase("""{"project_id":"acme","work_order_id":"wo-1"}""")]
    public async Task PutRun_that_adds_nothing_answers_200_and_changes_nothing(string again)
    {
        var id = NewId();
        var first = await PutAsync(
            $"runs/{id}",
            """{"project_id":"acme","work_order_id":"wo-1","status":"failed","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:30:00Z"}""");

        var answer = await PutAsync($"runs/{id}", again);

        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        answer.Body.ShouldBe(first.Body);
        (await GetAsync($"runs/{id}")).Body.ShouldBe(first.Body);
    }

    [TestCase("project_id", """{"project_id":"other","work_order_id":"wo-1"}""")]
    [TestCase("work_order_id", """{"project_id":"acme","work_order_id":"wo-2"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00.001Z"}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":"succeeded","ended_at":"2026-01-12T10:30:00Z"}""")]
    [TestCase("ended_at", """{"project_id":"acme","work_order_id":"wo-1","status":"failed","ended_at":"2026-01-12T10:31:00Z"}""")]
    public async Task PutRun_that_contradicts_answers_409_and_the_run_stays(string field, string contradiction)
    {
        var id = await PutRunAsync("acme");
        var ended = await PutAsync(
            $"runs/{id}", """{"project_id":"acme","work_order_id":"wo-1","status":"failed","ended_at":"2026-01-12T10:30:00Z"}""");

        var answer = await PutAsync($"runs/{id}", contradiction);

        answer.Status.ShouldBe(HttpStatusCode.Conflict);
        Problem.Read(answer).Errors.Keys.ShouldBe([field]);
        (await GetAsync($"runs/{id}")).Body.ShouldBe(ended.Body);
    }

    [Test]
    public async Task PutRun_without_status_and_start_is_running_from_now_on()
    {
        var id = NewId();
        var before = TimeProvider.System.GetUtcNow();

        var answer = await PutAsync($"runs/{id}", """{"project_id":"acme","work_order_id":"wo-1"}""");

        using var run = JsonDocument.Parse(answer.Body);
        run.RootElement.GetProperty("status").GetString().ShouldBe("running");
        run.RootElement.GetProperty("ended_at").ValueKind.ShouldBe(JsonValueKind.Null);
        ShouldBeNow(run.RootElement.GetProperty("started_at"), before);
    }

    [TestCase("succeeded")]
    [TestCase("failed")]
    [TestCase("cancelled")]
    public async Task PutRun_final_without_end_ends_now(string status)
    {
        var id = await PutRunAsync("acme");
        var before = TimeProvider.System.GetUtcNow();

        var answer = await PutAsync($"runs/{id}", $$"""{"project_id":"acme","work_order_id":"wo-1","status":"{{status}}"}""");

        using var run = JsonDocument.Parse(answer.Body);
        run.RootElement.GetProperty("status").GetString().ShouldBe(status);
        ShouldBeNow(run.RootElement.GetProperty("ended_at"), before);
    }

    [Test]
    public async Task GetRun_sums_every_known_duration_and_shows_the_highest_iteration()
    {
        var id = await PutRunAsync("acme");
        await PostAsync($"runs/{id}/metrics", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:01:30Z","outcome":"success"}""");
        await PostAsync(
            $"runs/{id}/metrics",
            """{"phase":"builder","iteration":3,"started_at":"2026-01-12T10:02:00Z","ended_at":"2026-01-12T10:02:10Z","duration_seconds":8,"outcome":"skipped"}""");
        await PostAsync($"runs/{id}/metrics", """{"phase":"test","iteration":2,"started_at":"2026-01-12T10:05:00Z","outcome":"failed"}""");

        var answer = await GetAsync($"runs/{id}");

        answer.Status.ShouldBe(HttpStatusCode.OK);
        answer.Body.ShouldBe(
            $$"""
            {"id":"{{id}}","project_id":"acme","work_order_id":"wo-1","status":"running","iteration":3,
            "started_at":"2026-01-12T10:00:00.000Z","ended_at":null,"total_seconds":98,"labels":null}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task GetRun_unknown_answers_404()
    {
        var answer = await GetAsync($"runs/{NewId()}");

        Problem.Read(answer).Status.ShouldBe(404);
    }

    [Test]
    public async Task DeleteRun_takes_its_metrics_along()
    {
        var id = await PutRunAsync("acme");
        var metric = $$"""{"id":"{{NewId()}}","phase":"setup","started_at":"2026-01-12T10:00:00Z"}""";
        await PostAsync($"runs/{id}/metrics", metric);

        var answer = await DeleteAsync($"runs/{id}");

        answer.ShouldBe(new ApiAnswer(HttpStatusCode.NoContent, MediaType: null, Body: ""));
        (await GetAsync($"runs/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await GetAsync($"runs/{id}/metrics")).Status.ShouldBe(HttpStatusCode.NotFound);

        // The id of the metric is free again: it belongs to nobody.
        var other = await PutRunAsync("acme");
        (await PostAsync($"runs/{other}/metrics", metric)).Status.ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task DeleteRun_unknown_answers_404()
    {
        var answer = await DeleteAsync($"runs/{NewId()}");

        Problem.Read(answer).Status.ShouldBe(404);
    }

    private static void ShouldBeNow(JsonElement instant, DateTimeOffset before)
    {
        instant.GetString()!.ShouldMatch(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$");
        instant.GetDateTimeOffset().ShouldBeInRange(before.AddMilliseconds(-1), TimeProvider.System.GetUtcNow());
    }
}
