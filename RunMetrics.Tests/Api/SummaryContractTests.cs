using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class SummaryContractTests(DatabaseKind kind)
{
    private static readonly string EmptySummary =
        """
        {"avg_setup_seconds":0,"avg_builder_seconds":0,"avg_test_seconds":0,"avg_reviewer_seconds":0,"avg_merge_seconds":0,
        "avg_iterations":0,"total_runs":0,"recent_runs":[]}
        """.ReplaceLineEndings("");

    private TestDatabase _database = null!;
    private ApiProcess _api = null!;

    // Over all projects every run counts, so each test has a database of its own.
    [SetUp]
    public async Task StartApiAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        _api = await ApiProcess.StartAsync(_database.Target);
    }

    [TearDown]
    public async Task EndApiAsync()
    {
        _api?.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Summary_without_any_run_is_zero_for_all_and_404_for_a_project()
    {
        var all = await ApiAnswer.GetAsync(_api.Client, "run-metrics/summary");
        var project = await ApiAnswer.GetAsync(_api.Client, "repos/acme/run-metrics/summary");

        all.ShouldBe(new ApiAnswer(HttpStatusCode.OK, "application/json", EmptySummary));
        Problem.Read(project).Status.ShouldBe(404);
    }

    [Test]
    public async Task Summary_of_the_sample_is_what_was_computed_by_hand()
    {
        await ImportSampleAsync();

        var project = await ApiAnswer.GetAsync(_api.Client, "repos/acme%2Fshop/run-metrics/summary");
        var other = await ApiAnswer.GetAsync(_api.Client, "repos/blog/run-metrics/summary");
        var all = await ApiAnswer.GetAsync(_api.Client, "run-metrics/summary");

        // acme/shop: setup (90 + 120 + 61) / 3 with the skipped 999 left out, builder (600 + 300 + 1200) / 3, reviewer (240 + 180) / 2 with the
        // one of unknown end left out, merge 5, iterations (2 + 1 + 1) / 3.
        project.Body.ShouldBe(
            """
            {"avg_setup_seconds":90.33333333333333,"avg_builder_seconds":700,"avg_test_seconds":0,"avg_reviewer_seconds":210,"avg_merge_seconds":5,
            "avg_iterations":1.3333333333333333,"total_runs":3,"recent_runs":[
            {"wo_id":"003-search","iterations":1,"total_seconds":1060,"run_id":"shop.003-search","status":"cancelled","started_at":"2026-02-02T11:00:00.000Z"},
            {"wo_id":"002-cart","iterations":1,"total_seconds":1320,"run_id":"shop.002-cart","status":"running","started_at":"2026-02-02T10:00:00.000Z"},
            {"wo_id":"001-login","iterations":2,"total_seconds":1415,"run_id":"shop.001-login","status":"succeeded","started_at":"2026-02-02T09:00:00.000Z"}]}
            """.ReplaceLineEndings(""));
        other.Body.ShouldBe(
            """
            {"avg_setup_seconds":30,"avg_builder_seconds":0,"avg_test_seconds":45,"avg_reviewer_seconds":0,"avg_merge_seconds":0,
            "avg_iterations":3,"total_runs":1,"recent_runs":[{"wo_id":"001-feed","iterations":3,"total_seconds":75,"run_id":"blog.001-feed","status":"failed","started_at":"2026-02-02T12:00:00.000Z"}]}
            """.ReplaceLineEndings(""));

        // All: setup (90 + 120 + 61 + 30) / 4 = 301 / 4, iterations (2 + 1 + 1 + 3) / 4.
        all.Body.ShouldBe(
            """
            {"avg_setup_seconds":75.25,"avg_builder_seconds":700,"avg_test_seconds":45,"avg_reviewer_seconds":210,"avg_merge_seconds":5,
            "avg_iterations":1.75,"total_runs":4,"recent_runs":[
            {"wo_id":"001-feed","iterations":3,"total_seconds":75,"run_id":"blog.001-feed","status":"failed","started_at":"2026-02-02T12:00:00.000Z"},
            {"wo_id":"003-search","iterations":1,"total_seconds":1060,"run_id":"shop.003-search","status":"cancelled","started_at":"2026-02-02T11:00:00.000Z"},
            {"wo_id":"002-cart","iterations":1,"total_seconds":1320,"run_id":"shop.002-cart","status":"running","started_at":"2026-02-02T10:00:00.000Z"},
            {"wo_id":"001-login","iterations":2,"total_seconds":1415,"run_id":"shop.001-login","status":"succeeded","started_at":"2026-02-02T09:00:00.000Z"}]}
            """.ReplaceLineEndings(""));
    }

    [TestCase("?recent=0", new string[0])]
    [TestCase("?recent=1", new[] { "003-search" })]
    [TestCase("?recent=200", new[] { "003-search", "002-cart", "001-login" })]
    public async Task Summary_lists_as_many_recent_runs_as_asked_for(string query, string[] workOrders)
    {
        await ImportSampleAsync();

        var answer = await ApiAnswer.GetAsync(_api.Client, $"repos/acme%2fshop/run-metrics/summary{query}");

        using var summary = System.Text.Json.JsonDocument.Parse(answer.Body);
        summary.RootElement.GetProperty("total_runs").GetInt32().ShouldBe(3);
        summary.RootElement.GetProperty("recent_runs").EnumerateArray().Select(run => run.GetProperty("wo_id").GetString()).ShouldBe(workOrders);
    }

    [Test]
    public async Task Summary_lists_ten_recent_runs_by_default_newest_start_then_highest_id_first()
    {
        string[] lines =
        [
            .. Enumerable.Range(1, 12).Select(i =>
                $$$"""{"run":{"id":"r{{{i:00}}}","project_id":"p","work_order_id":"wo-{{{i:00}}}","status":"running","started_at":"2026-01-12T10:00:00Z"}}"""),
        ];
        await ApiAnswer.ImportAsync(_api.Client, lines);

        var answer = await ApiAnswer.GetAsync(_api.Client, "repos/p/run-metrics/summary");

        using var summary = System.Text.Json.JsonDocument.Parse(answer.Body);
        summary.RootElement.GetProperty("recent_runs").EnumerateArray().Select(run => run.GetProperty("wo_id").GetString()).ShouldBe(
            ["wo-12", "wo-11", "wo-10", "wo-09", "wo-08", "wo-07", "wo-06", "wo-05", "wo-04", "wo-03"]);
    }

    private async Task ImportSampleAsync()
    {
        var sample = await File.ReadAllBytesAsync(SampleFacts.FilePath);
        var report = await ApiAnswer.ImportAsync(_api.Client, sample);
        report.ShouldBe(new ApiAnswer(HttpStatusCode.OK, "application/json", """{"accepted":18,"unchanged":0,"rejected":0,"errors":[]}"""));
    }
}
