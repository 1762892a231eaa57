using System.Data.Common;
using System.Text;
using CsCheck;
using Microsoft.EntityFrameworkCore.Diagnostics;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

/// <summary>Every figure against one that is computed from the definitions, phase by phase, over random histories.</summary>
[OnBothDatabases]
public sealed class StatisticsTests(DatabaseKind kind)
{
    private const double Tolerance = 1e-9;

    private static readonly string[] Outcomes = ["success", "failed", "skipped", "approved", "changes_requested"];

    private static readonly string[] Labels = ["model:opus", "model:haiku", "model:sön\"net: 😀,", "size:s", "size:l"];

    private static readonly Gen<(RunFilter Filter, DateTimeOffset? AsOf, string? GroupBy)> Questions =
        from project in Gen.OneOf(null, "a", "b")
        from workOrder in Gen.Frequency((3, null), (1, "wo-1"))
        from status in Gen.Frequency((3, (RunStatus?)null), (1, RunStatus.Running), (1, RunStatus.Succeeded), (1, RunStatus.Failed), (1, RunStatus.Cancelled))
        from since in Gen.Frequency((2, (int?)null), (1, 30))
        from until in Gen.Frequency((2, (int?)null), (1, 70))
        from asOf in Gen.Frequency((1, Gen.Const((int?)null)), (2, Gen.Int[0, 160].Select(second => (int?)second)))
        from labels in Gen.Frequency((3, Gen.Const(Array.Empty<string>())), (1, Gen.OneOf(Labels).Array[1, 2]))
        from groupBy in Gen.OneOf(null, "model", "size", "nothing")
        select (
            new RunFilter
            {
                ProjectId = project,
                WorkOrderId = workOrder,
                Status = status,
                Since = since is null ? null : At(since.Value),
                Until = until is null ? null : At(until.Value),
                Labels = [.. labels.Select(label => KeyValuePair.Create(label.Split(':', 2)[0], label.Split(':', 2)[1]))],
            },
            asOf is null ? (DateTimeOffset?)null : At(asOf.Value),
            groupBy);

    private StatementSignal _statements = null!;
    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        _statements = new StatementSignal();
        _database = await TestDatabase.CreateAsync(kind, _statements);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public Task ComputeStatisticsAsync_any_history_and_question_agrees_with_the_definitions() =>
        Gen.Select(RandomHistories.Runs.Array[0, 12], Gen.Int[0, 12], Questions.Array[1, 6]).SampleAsync(
            async (history, counted, questions) =>
            {
                // Some of it is counted, the rest is noted to be counted.
                await StoreAsync(history[..Math.Min(counted, history.Length)]);
                _database.CountChanges();
                await WriteAsync(history[Math.Min(counted, history.Length)..]);
                foreach (var (filter, asOf, groupBy) in questions)
                {
                    var statistics = await _database.Queries.ComputeStatisticsAsync(filter, asOf, groupBy, ProjectAccess.All, CancellationToken.None);

                    if (filter.ProjectId is not null && Count(history, new RunFilter { ProjectId = filter.ProjectId }, asOf).Count == 0)
                    {
                        statistics.ShouldBeNull();
                        continue;
                    }

                    var runs = Count(history, filter, asOf);
                    var (all, iterations, phases) = (statistics.ShouldNotBeNull().Runs, statistics.Iterations, statistics.Phases);
                    ShouldAgree(all, iterations, phases, runs);
                    ShouldAgree(statistics.Groups, groupBy, runs);
                }
            },
            iter: Samples.Of(75),
            threads: 1);

    [TestCase(null)]
    [TestCase("acme/shop")]
    [TestCase("blog")]
    public async Task ComputeStatisticsAsync_of_the_sample_agrees_with_the_definitions(string? project)
    {
        var lines = await File.ReadAllLinesAsync(SampleFacts.FilePath);
        var facts = lines.Select(line => FactReader.ReadLine(Encoding.UTF8.GetBytes(line)).Fact!).ToList();
        var phases = facts.OfType<PhaseMetricFact>().ToLookup(fact => fact.RunId!, StringComparer.Ordinal);
        (RunFact, PhaseMetricFact[])[] history = [.. facts.OfType<RunFact>().Select(run => (run with { Labels = RunLabels.None }, phases[run.Id!].ToArray()))];
        await StoreAsync(history);
        var filter = new RunFilter { ProjectId = project };

        var statistics = await _database.Queries.ComputeStatisticsAsync(filter, asOf: null, groupBy: null, ProjectAccess.All, CancellationToken.None);

        statistics.ShouldNotBeNull();
        ShouldAgree(statistics.Runs, statistics.Iterations, statistics.Phases, Count(history, filter, at: null));
    }

    [Test]
    public Task SummarizeAsync_now_or_as_of_any_instant_says_what_could_be_known_then() =>
        Gen.Select(RandomHistories.Runs.Array[0, 8], Gen.OneOf(null, "a"), Gen.Frequency((1, Gen.Const((int?)null)), (2, Gen.Int[0, 160].Select(second => (int?)second)))).SampleAsync(
            async (history, project, second) =>
            {
                await StoreAsync(history);
                var asOf = second is null ? (DateTimeOffset?)null : At(second.Value);

                var summary = await _database.Queries.SummarizeAsync(project, recent: 3, asOf, ProjectAccess.All, CancellationToken.None);

                var runs = Count(history, new RunFilter { ProjectId = project }, asOf);
                if (project is not null && runs.Count == 0)
                {
                    summary.ShouldBeNull();
                    return;
                }

                summary.ShouldNotBeNull().TotalRuns.ShouldBe(runs.Count);
                summary.AvgIterations.ShouldBe(runs.Count == 0 ? 0 : runs.Average(IterationsOf), Tolerance);
                double[] averages =
                    [summary.AvgSetupSeconds, summary.AvgBuilderSeconds, summary.AvgTestSeconds, summary.AvgReviewerSeconds, summary.AvgMergeSeconds];
                foreach (var (average, phase) in averages.Zip(EnumNames.Of<RunPhase>().Names))
                {
                    var seconds = runs.SelectMany(run => run.Phases).Where(fact => fact.Phase == phase && fact.Outcome != "skipped").Select(Seconds).OfType<long>();
                    average.ShouldBe(seconds.DefaultIfEmpty().Average(), Tolerance);
                }

                summary.RecentRuns.ShouldBe(runs
                    .OrderByDescending(run => run.Run.StartedAt).ThenByDescending(run => run.Run.Id, StringComparer.Ordinal)
                    .Take(3)
                    .Select(run => new RecentRun(
                        run.Run.WorkOrderId!,
                        IterationsOf(run),
                        run.Phases.Sum(phase => Seconds(phase) ?? 0),
                        run.Run.Id!,
                        EnumNames.Of<RunStatus>().Parse(run.Status),
                        run.Run.StartedAt!.Value)));
            },
            iter: Samples.Of(50),
            threads: 1);

    [Test]
    public Task ListRunsAsync_page_by_page_lists_every_run_once_newest_first_though_runs_are_added() =>
        Gen.Select(RandomHistories.Runs.Array[0, 12], RandomHistories.Runs.Array[1, 4], Questions, Gen.Int[1, 4]).SampleAsync(
            async (history, added, question, limit) =>
            {
                await StoreAsync(history);
                var filter = question.Filter;
                var listed = new List<RunRecord>();
                var isNew = added.Select(entry => entry.Run.Id!).ToHashSet(StringComparer.Ordinal);
                for (RunPosition? after = null; ; after = new RunPosition(listed[^1].StartedAt, listed[^1].Id))
                {
                    if (await _database.Queries.ListRunsAsync(filter, after, limit, ProjectAccess.All, CancellationToken.None) is not { } page)
                    {
                        history.ShouldAllBe(entry => entry.Run.ProjectId != filter.ProjectId);
                        return;
                    }

                    page.Items.Count.ShouldBeLessThanOrEqualTo(limit);
                    listed.AddRange(page.Items);
                    if (!page.HasMore)
                    {
                        break;
                    }

                    await WriteAsync(added);
                }

                listed.ShouldBeUnique();
                listed.Where(run => !isNew.Contains(run.Id)).Select(run => run.Id).ShouldBe(Count(history, filter, at: null)
                    .Select(run => run.Run)
                    .OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.Id, StringComparer.Ordinal)
                    .Select(run => run.Id!));
            },
            iter: Samples.Of(50),
            threads: 1);

    [Test]
    public async Task ComputeStatisticsAsync_of_more_values_than_stand_by_themselves_keeps_the_rest_together()
    {
        // 52 values, of which v00 and v51 have two runs each; those with one stand in the order of their bytes.
        await _database.Store.WriteAsync(
            [
                .. Enumerable.Range(0, 52).Append(0).Append(51).Index().Select(entry => SampleFacts.Run($"r{entry.Index}") with
                {
                    Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["v"] = $"v{entry.Item:00}" },
                }),
                SampleFacts.Run("without"),
            ],
            CancellationToken.None);

        var statistics = await _database.Queries.ComputeStatisticsAsync(new RunFilter(), null, "v", ProjectAccess.All, CancellationToken.None);

        statistics.ShouldNotBeNull().Groups.ShouldNotBeNull().Select(group => (group.Value, group.Runs.Total)).ShouldBe(
        [
            ("v00", 2), ("v51", 2), .. Enumerable.Range(1, 48).Select(number => ((string?)$"v{number:00}", 1L)), (null, 3),
        ]);
    }

    [Test]
    public async Task ComputeStatisticsAsync_whose_caller_goes_away_ends_in_the_middle_of_a_statement()
    {
        await _database.Store.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        _database.Rows("""
            ALTER TABLE run_phase_metrics RENAME TO stored;
            CREATE VIEW run_phase_metrics AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)
                SELECT CAST(n AS text) AS id, 'run-1' AS run_id, 'test' AS phase, 1 AS iteration, 1 AS duration_seconds, 'success' AS outcome FROM n;
            """);
        using var caller = new CancellationTokenSource();
        _statements.OnReader = () => caller.CancelAfter(TimeSpan.FromMilliseconds(100));

        await Should.ThrowAsync<OperationCanceledException>(() => Task.Run(
            () => _database.Queries.ComputeStatisticsAsync(new RunFilter { Since = SampleFacts.Start }, null, null, ProjectAccess.All, caller.Token)).WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private static DateTimeOffset At(int second) => RandomHistories.At(second);

    /// <summary>The runs that count with their phases that count, as they stood.</summary>
    private static List<CountedRun> Count((RunFact Run, PhaseMetricFact[] Phases)[] history, RunFilter filter, DateTimeOffset? at)
    {
        var asOf = at ?? DateTimeOffset.MaxValue;
        return
        [
            .. history
                .Where(entry => filter.ProjectId is null || entry.Run.ProjectId == filter.ProjectId)
                .Where(entry => filter.WorkOrderId is null || entry.Run.WorkOrderId == filter.WorkOrderId)
                .Where(entry => !(entry.Run.StartedAt < filter.Since) && !(entry.Run.StartedAt >= filter.Until) && entry.Run.StartedAt <= asOf)
                .Where(entry => filter.Labels.All(label => entry.Run.Labels!.Contains(label)))
                .Select(entry => new CountedRun(
                    entry.Run,
                    entry.Run.EndedAt > asOf ? "running" : entry.Run.Status!,
                    [
                        .. entry.Phases
                            .Where(phase => phase.StartedAt <= asOf)
                            .Select(phase => phase.EndedAt > asOf ? phase with { EndedAt = null, Outcome = null } : phase),
                    ]))
                .Where(run => filter.Status is null || run.Status == filter.Status.Value.Name()),
        ];
    }

    private static void ShouldAgree(IReadOnlyList<GroupStatistics>? groups, string? groupBy, List<CountedRun> runs)
    {
        if (groupBy is null)
        {
            groups.ShouldBeNull();
            return;
        }

        var expected = runs
            .GroupBy(run => run.Run.Labels!.GetValueOrDefault(groupBy), StringComparer.Ordinal)
            .OrderBy(group => group.Key is null).ThenByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        groups.ShouldNotBeNull().Select(group => (group.Label, group.Value)).ShouldBe(expected.Select(group => (groupBy, group.Key)));
        foreach (var (group, ofGroup) in groups.Zip(expected))
        {
            ShouldAgree(group.Runs, group.Iterations, group.Phases, [.. ofGroup]);
        }
    }

    private static void ShouldAgree(RunStatistics all, IterationStatistics iterations, IReadOnlyList<PhaseStatistics> phases, List<CountedRun> runs)
    {
        var byStatus = runs.ToLookup(run => run.Status, StringComparer.Ordinal);
        var (succeeded, failed) = (byStatus["succeeded"].Count(), byStatus["failed"].Count());
        (all.Total, all.Running, all.Succeeded, all.Failed, all.Cancelled)
            .ShouldBe((runs.Count, byStatus["running"].Count(), succeeded, failed, byStatus["cancelled"].Count()));
        all.SuccessRate.ShouldBe(succeeded + failed == 0 ? null : (double)succeeded / (succeeded + failed));
        ShouldAgree(all.TotalSeconds, runs.Where(run => run.Status != "running").Select(run => run.Phases.Sum(phase => Seconds(phase) ?? 0)));

        var counts = runs.Select(IterationsOf).ToList();
        iterations.Mean.ShouldBe(counts.Count == 0 ? null : counts.Average());
        iterations.Max.ShouldBe(counts.Count == 0 ? null : counts.Max());
        iterations.RunsByIterations.ShouldBe(
            counts.GroupBy(count => count).OrderBy(count => count.Key).Select(count => new RunsOfIterations(count.Key, count.Count())));
        var reviewed = runs.Count(run => run.Phases.Any(phase => phase.Outcome is "approved" or "changes_requested"));
        var approved = runs.Count(run => run.Phases.Any(phase => phase is { Outcome: "approved", Iteration: 1 }));
        iterations.FirstPassApprovalRate.ShouldBe(reviewed == 0 ? null : (double)approved / reviewed);

        phases.Select(phase => phase.Phase.Name()).ShouldBe(["setup", "builder", "test", "reviewer", "merge"]);
        foreach (var phase in phases)
        {
            var ofPhase = runs.SelectMany(run => run.Phases).Where(fact => fact.Phase == phase.Phase.Name()).ToList();
            ShouldAgree(phase.Open, phase.Outcomes, phase.DurationSeconds, ofPhase);
            var byIteration = ofPhase.GroupBy(fact => Math.Min(fact.Iteration!.Value, 11)).OrderBy(iteration => iteration.Key).ToList();
            phase.ByIteration.Select(iteration => (iteration.Iteration, iteration.OrMore)).ShouldBe(byIteration.Select(iteration => (iteration.Key, iteration.Key == 11)));
            foreach (var (iteration, facts) in phase.ByIteration.Zip(byIteration))
            {
                ShouldAgree(iteration.Open, iteration.Outcomes, iteration.DurationSeconds, [.. facts]);
            }
        }
    }

    private static void ShouldAgree(long open, OutcomeCounts outcomes, Distribution distribution, List<PhaseMetricFact> facts)
    {
        open.ShouldBe(facts.Count(fact => fact.Outcome is null));
        new[] { outcomes.Success, outcomes.Failed, outcomes.Skipped, outcomes.Approved, outcomes.ChangesRequested }
            .ShouldBe(Outcomes.Select(outcome => (long)facts.Count(fact => fact.Outcome == outcome)));
        ShouldAgree(distribution, facts.Where(fact => fact.Outcome != "skipped").Select(Seconds).OfType<long>());
    }

    private static void ShouldAgree(Distribution distribution, IEnumerable<long> values)
    {
        var sorted = values.Order().Select(value => (double)value).ToList();
        distribution.Count.ShouldBe(sorted.Count);
        if (sorted.Count == 0)
        {
            distribution.ShouldBe(new Distribution(0, null, null, null, null, null, null, null));
            return;
        }

        var mean = sorted.Average();
        distribution.Mean!.Value.ShouldBe(mean, Tolerance);
        ((double)distribution.Min!.Value, (double)distribution.Max!.Value).ShouldBe((sorted[0], sorted[^1]));
        distribution.P50!.Value.ShouldBe(Percentile(0.5), Tolerance);
        distribution.P90!.Value.ShouldBe(Percentile(0.9), Tolerance);
        distribution.P95!.Value.ShouldBe(Percentile(0.95), Tolerance);
        if (sorted.Count == 1)
        {
            distribution.Stddev.ShouldBeNull();
        }
        else
        {
            distribution.Stddev!.Value.ShouldBe(Math.Sqrt(sorted.Sum(value => (value - mean) * (value - mean)) / (sorted.Count - 1)), Tolerance);
        }

        double Percentile(double fraction)
        {
            var rank = fraction * (sorted.Count - 1);
            var (below, above) = (sorted[(int)Math.Floor(rank)], sorted[(int)Math.Ceiling(rank)]);
            return below + ((above - below) * (rank - Math.Floor(rank)));
        }
    }

    private static long? Seconds(PhaseMetricFact fact) => fact.Outcome is null || fact.EndedAt is null
        ? null
        : fact.DurationSeconds ?? (long)Math.Round((fact.EndedAt - fact.StartedAt)!.Value.TotalSeconds, MidpointRounding.AwayFromZero);

    private static int IterationsOf(CountedRun run) => run.Phases.Select(phase => phase.Iteration!.Value).Append(1).Max();

    private async Task StoreAsync((RunFact Run, PhaseMetricFact[] Phases)[] history)
    {
        _database.Clear();
        await WriteAsync(history);
    }

    private async Task WriteAsync((RunFact Run, PhaseMetricFact[] Phases)[] history)
    {
        foreach (var (run, phases) in history)
        {
            await _database.Store.WriteAsync([run, .. phases], CancellationToken.None);
        }
    }

    /// <summary>Says when a statement is about to begin.</summary>
    private sealed class StatementSignal : DbCommandInterceptor
    {
        public Action OnReader { get; set; } = () => { };

        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            OnReader();
            return result;
        }
    }

    /// <summary>A run as it stood.</summary>
    private sealed record CountedRun(RunFact Run, string Status, List<PhaseMetricFact> Phases);
}
