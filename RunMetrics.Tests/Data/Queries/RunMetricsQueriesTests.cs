using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

[OnBothDatabases]
public sealed class RunMetricsQueriesTests(DatabaseKind kind)
{
    private static readonly string[] Phases = ["setup", "builder", "test", "reviewer", "merge"];

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task ListPhaseMetricsAsync_any_metrics_are_ordered_by_start_phase_and_id()
    {
        var metric = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4], Gen.OneOf("B", "a", "b", "-", "0"));
        await metric.Array[0, 20].SampleAsync(
            async metrics =>
            {
                var distinct = metrics.DistinctBy(which => $"{which.Item3}{which.Item2}{which.Item1}", StringComparer.Ordinal).ToList();
                _database.Clear();
                await StoreAsync([SampleFacts.Run(), .. distinct.Select(which => SampleFacts.OpenPhase($"{which.Item3}{which.Item2}{which.Item1}") with
                {
                    StartedAt = SampleFacts.Start.AddMilliseconds(which.Item1),
                    Phase = Phases[which.Item2],
                })]);

                var listed = (await _database.Queries.ListPhaseMetricsAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();

                listed.Select(found => found.Id).ShouldBe(distinct
                    .OrderBy(which => which.Item1).ThenBy(which => which.Item2).ThenBy(which => which.Item3, StringComparer.Ordinal)
                    .Select(which => $"{which.Item3}{which.Item2}{which.Item1}"));
            },
            iter: 50,
            threads: 1);
    }

    [Test]
    public async Task ListPhaseMetricsAsync_unknown_run_is_null()
    {
        await StoreAsync([SampleFacts.Run()]);

        (await _database.Queries.ListPhaseMetricsAsync("run-2", ProjectAccess.All, CancellationToken.None)).ShouldBeNull();
        (await _database.Queries.ListPhaseMetricsAsync("RUN-1", ProjectAccess.All, CancellationToken.None)).ShouldBeNull();
    }

    [Test]
    public Task ListProjectsAsync_page_by_page_lists_every_project_once_with_its_runs() =>
        Gen.Select(Gen.OneOf("a", "b", "B", "a/b", "a.b", "0", "zz").Array[0, 12], Gen.Int[1, 3]).SampleAsync(
            async (projects, limit) =>
            {
                _database.Clear();
                await _database.Store.WriteAsync(
                    [.. projects.Index().Select(entry => SampleFacts.Run($"r{entry.Index}") with { ProjectId = entry.Item, StartedAt = RandomHistories.At(entry.Index) })],
                    CancellationToken.None);

                var listed = new List<ProjectRecord>();
                Page<ProjectRecord> page;
                do
                {
                    page = await _database.Queries.ListProjectsAsync(listed.LastOrDefault()?.Id, limit, ProjectAccess.All, CancellationToken.None);
                    listed.AddRange(page.Items);
                }
                while (page.HasMore);

                listed.ShouldBe(projects.Index().GroupBy(entry => entry.Item, StringComparer.Ordinal).OrderBy(project => project.Key, StringComparer.Ordinal)
                    .Select(project => new ProjectRecord(project.Key, project.Count(), RandomHistories.At(project.Max(entry => entry.Index)))));
            },
            iter: 50,
            threads: 1);

    [Test]
    public async Task Queries_without_access_to_a_project_do_not_see_it()
    {
        await _database.Store.WriteAsync([SampleFacts.Run("r1"), SampleFacts.Run("r2") with { ProjectId = "other" }], CancellationToken.None);
        var access = ProjectAccess.Only(["other"]);
        var bop = new RunFilter { ProjectId = "bop" };

        var all = await _database.Queries.ComputeStatisticsAsync(new RunFilter(), null, null, access, CancellationToken.None);
        var one = await _database.Queries.ComputeStatisticsAsync(bop, null, null, access, CancellationToken.None);
        var runs = await _database.Queries.ListRunsAsync(new RunFilter(), null, 10, access, CancellationToken.None);
        var ofBop = await _database.Queries.ListRunsAsync(bop, null, 10, access, CancellationToken.None);
        var projects = await _database.Queries.ListProjectsAsync(null, 10, access, CancellationToken.None);

        all.ShouldNotBeNull().Runs.Total.ShouldBe(1);
        one.ShouldBeNull();
        runs.ShouldNotBeNull().Items.Select(run => run.Id).ShouldBe(["r2"]);
        ofBop.ShouldBeNull();
        projects.Items.Select(project => project.Id).ShouldBe(["other"]);
    }

    [Test]
    public async Task FindRunAsync_unknown_run_is_null() =>
        (await _database.Queries.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldBeNull();

    [Test]
    public async Task SummarizeAsync_no_run_is_null_for_a_project_and_zeroes_over_all()
    {
        (await _database.Queries.SummarizeAsync("bop", 10, asOf: null, ProjectAccess.All, CancellationToken.None)).ShouldBeNull();

        var summary = (await _database.Queries.SummarizeAsync(null, 10, asOf: null, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();

        (summary.TotalRuns, summary.AvgIterations, summary.AvgSetupSeconds).ShouldBe((0, 0d, 0d));
        summary.RecentRuns.ShouldBeEmpty();
    }

    [Test]
    public async Task SummarizeAsync_durations_beyond_an_int_are_summed_in_full()
    {
        await StoreAsync(
        [
            SampleFacts.Run(),
            .. Enumerable.Range(0, 3).Select(i => SampleFacts.ClosedPhase($"m{i}") with { DurationSeconds = int.MaxValue }),
        ]);

        var summary = (await _database.Queries.SummarizeAsync("bop", 1, asOf: null, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
        var run = (await _database.Queries.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();

        summary.RecentRuns.ShouldHaveSingleItem().TotalSeconds.ShouldBe(6_442_450_941);
        summary.AvgBuilderSeconds.ShouldBe(2_147_483_647);
        run.TotalSeconds.ShouldBe(6_442_450_941);
    }

    [Test]
    public Task SummarizeAsync_any_history_says_what_the_facts_add_up_to()
    {
        var phase =
            from phaseName in Gen.OneOf(Phases)
            from iteration in Gen.Int[1, 4]
            from outcome in Gen.OneOf(null, "success", "failed", "skipped")
            from seconds in Gen.OneOf(Gen.Const((int?)null), Gen.Int[0, 100_000].Select(s => (int?)s))
            select SampleFacts.OpenPhase() with
            {
                Phase = phaseName,
                Iteration = iteration,
                Outcome = outcome,
                DurationSeconds = outcome is null ? null : seconds,
                EndedAt = outcome is null || seconds is null ? null : SampleFacts.Start.AddSeconds(seconds.Value % 600),
            };
        var run =
            from project in Gen.OneOf("bop", "other")
            from startedAt in Gen.Int[0, 3]
            from phases in phase.Array[0, 6]
            select (Fact: SampleFacts.Run() with { ProjectId = project, StartedAt = SampleFacts.Start.AddMilliseconds(startedAt) }, Phases: phases);

        return Gen.Select(run.Array[1, 12], Gen.OneOf("bop", null), Gen.Int[0, 6]).SampleAsync(
            async (runs, project, recent) =>
            {
                var history = runs.Select((one, i) => (
                    Fact: one.Fact with { Id = $"r{i}", WorkOrderId = $"wo{i}" },
                    Phases: one.Phases.Select((metric, j) => metric with { Id = $"r{i}-{j}", RunId = $"r{i}" }).ToArray())).ToList();
                _database.Clear();
                await StoreAsync([.. history.Select(one => one.Fact), .. history.SelectMany(one => one.Phases)]);

                var summary = await _database.Queries.SummarizeAsync(project, recent, asOf: null, ProjectAccess.All, CancellationToken.None);

                var counted = history.Where(one => project is null || one.Fact.ProjectId == project).ToList();
                if (counted.Count == 0)
                {
                    summary.ShouldBeNull();
                    return;
                }

                summary.ShouldNotBeNull().TotalRuns.ShouldBe(counted.Count);
                double[] averages =
                    [summary.AvgSetupSeconds, summary.AvgBuilderSeconds, summary.AvgTestSeconds, summary.AvgReviewerSeconds, summary.AvgMergeSeconds];
                averages.Zip(Phases).ShouldAllBe(pair => Agrees(pair.First, AverageOf(counted.SelectMany(one => one.Phases), pair.Second)));
                Agrees(summary.AvgIterations, counted.Average(one => (decimal)IterationsOf(one.Phases))).ShouldBeTrue();
                summary.RecentRuns.Select(found => (found.WoId, found.Iterations, found.TotalSeconds)).ShouldBe(counted
                    .OrderByDescending(one => one.Fact.StartedAt).ThenByDescending(one => one.Fact.Id, StringComparer.Ordinal)
                    .Take(recent)
                    .Select(one => (one.Fact.WorkOrderId!, IterationsOf(one.Phases), one.Phases.Sum(metric => (long)(metric.DurationSeconds ?? 0)))));
            },
            iter: 100,
            threads: 1);
    }

    private static decimal AverageOf(IEnumerable<PhaseMetricFact> metrics, string phase)
    {
        var seconds = metrics
            .Where(metric => metric.Phase == phase && metric.Outcome is "success" or "failed" && metric.DurationSeconds is not null)
            .Select(metric => (decimal)metric.DurationSeconds!)
            .ToList();
        return seconds.Count == 0 ? 0 : seconds.Average();
    }

    private static int IterationsOf(PhaseMetricFact[] metrics) => metrics.Select(metric => metric.Iteration!.Value).Append(1).Max();

    /// <summary>A double has 15 digits that count.</summary>
    private static bool Agrees(double computed, decimal expected) => Math.Abs((decimal)computed - expected) <= expected * 1e-14m;

    private async Task StoreAsync(Fact[] facts)
    {
        var results = await _database.Service.ImportAsync([.. facts.Select(SampleFacts.Read)], CancellationToken.None);
        results.ShouldAllBe(result => result.Disposition == FactDisposition.Created);
    }
}
