using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

/// <summary>Every figure against one that is computed from the definitions, phase by phase, over random histories.</summary>
public sealed class StatisticsTests
{
    private const double Tolerance = 1e-9;

    private static readonly string[] Outcomes = ["success", "failed", "skipped", "approved", "changes_requested"];

    private static readonly Gen<(RunFact Run, PhaseMetricFact[] Phases)> Runs =
        from id in Gen.Guid
        from project in Gen.OneOf("a", "b")
        from workOrder in Gen.OneOf("wo-1", "wo-2")
        from startedAt in Gen.Int[0, 100]
        from status in Gen.OneOf("running", "succeeded", "failed", "cancelled")
        from seconds in Gen.Int[0, 50]
        from phases in Phases(id.ToString(), startedAt).Array[0, 8]
        select (
            new RunFact
            {
                Id = id.ToString(),
                ProjectId = project,
                WorkOrderId = workOrder,
                Status = status,
                StartedAt = At(startedAt),
                EndedAt = status == "running" ? null : At(startedAt + seconds),
            },
            phases);

    private static readonly Gen<StatisticsFilter> Filters =
        from project in Gen.OneOf(null, "a", "b")
        from workOrder in Gen.Frequency((3, null), (1, "wo-1"))
        from status in Gen.Frequency((3, (RunStatus?)null), (1, RunStatus.Running), (1, RunStatus.Succeeded))
        from since in Gen.Frequency((2, (int?)null), (1, 30))
        from until in Gen.Frequency((2, (int?)null), (1, 70))
        from asOf in Gen.Frequency((1, Gen.Const((int?)null)), (2, Gen.Int[0, 160].Select(second => (int?)second)))
        select new StatisticsFilter
        {
            ProjectId = project,
            WorkOrderId = workOrder,
            Status = status,
            Since = since is null ? null : At(since.Value),
            Until = until is null ? null : At(until.Value),
            AsOf = asOf is null ? null : At(asOf.Value),
        };

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public Task ComputeStatisticsAsync_anyHistoryAndFilter_agreesWithTheDefinitions() =>
        Gen.Select(Runs.Array[0, 12], Filters.Array[1, 6]).SampleAsync(
            async (history, filters) =>
            {
                _database.Clear();
                foreach (var (run, phases) in history)
                {
                    await _database.Store.WriteAsync([run, .. phases], CancellationToken.None);
                }

                foreach (var filter in filters)
                {
                    var statistics = await _database.Queries.ComputeStatisticsAsync(filter, ProjectAccess.All, CancellationToken.None);

                    if (filter.ProjectId is not null && history.All(entry => entry.Run.ProjectId != filter.ProjectId))
                    {
                        statistics.ShouldBeNull();
                    }
                    else
                    {
                        ShouldAgree(statistics.ShouldNotBeNull(), Count(history, filter));
                    }
                }
            },
            iter: 150,
            threads: 1);

    [Test]
    public async Task ComputeStatisticsAsync_projectsWithoutAccess_doNotCount()
    {
        await _database.Store.WriteAsync([SampleFacts.Run("r1"), SampleFacts.Run("r2") with { ProjectId = "other" }], CancellationToken.None);
        var access = ProjectAccess.Only(["other"]);

        var all = await _database.Queries.ComputeStatisticsAsync(new StatisticsFilter(), access, CancellationToken.None);
        var one = await _database.Queries.ComputeStatisticsAsync(new StatisticsFilter { ProjectId = "bop" }, access, CancellationToken.None);

        all.ShouldNotBeNull().Runs.Total.ShouldBe(1);
        one.ShouldBeNull();
    }

    private static DateTimeOffset At(int second) => SampleFacts.Start.AddSeconds(second);

    private static Gen<PhaseMetricFact> Phases(string runId, int runStart) =>
        from id in Gen.Guid
        from iteration in Gen.Frequency((6, Gen.Int[1, 3]), (1, Gen.Int[9, 14]))
        from startedAt in Gen.Int[0, 60]
        from outcome in Gen.Frequency((1, Gen.Const((string?)null)), (5, Gen.OneOf(Outcomes).Select(name => (string?)name)))
        from phase in outcome is "approved" or "changes_requested" ? Gen.Const("reviewer") : Gen.OneOf("setup", "builder", "test", "reviewer", "merge")
        from seconds in Gen.Frequency((1, Gen.Const((int?)null)), (5, Gen.Int[0, 40].Select(value => (int?)value)))
        select new PhaseMetricFact
        {
            Id = id.ToString(),
            RunId = runId,
            Phase = phase,
            Iteration = iteration,
            StartedAt = At(runStart + startedAt),
            EndedAt = outcome is null || seconds is null ? null : At(runStart + startedAt + seconds.Value),
            Outcome = outcome,
        };

    /// <summary>The runs that count with their phases that count, as they stood.</summary>
    private static List<(string Status, List<PhaseMetricFact> Phases)> Count(
        (RunFact Run, PhaseMetricFact[] Phases)[] history, StatisticsFilter filter)
    {
        var asOf = filter.AsOf ?? DateTimeOffset.MaxValue;
        return
        [
            .. history
                .Where(entry => filter.ProjectId is null || entry.Run.ProjectId == filter.ProjectId)
                .Where(entry => filter.WorkOrderId is null || entry.Run.WorkOrderId == filter.WorkOrderId)
                .Where(entry => !(entry.Run.StartedAt < filter.Since) && !(entry.Run.StartedAt >= filter.Until) && entry.Run.StartedAt <= asOf)
                .Select(entry => (
                    Status: entry.Run.EndedAt > asOf ? "running" : entry.Run.Status!,
                    Phases: entry.Phases
                        .Where(phase => phase.StartedAt <= asOf)
                        .Select(phase => phase.EndedAt > asOf ? phase with { EndedAt = null, Outcome = null } : phase)
                        .ToList()))
                .Where(run => filter.Status is null || run.Status == filter.Status.Value.Name()),
        ];
    }

    private static void ShouldAgree(RunMetricsStatistics statistics, List<(string Status, List<PhaseMetricFact> Phases)> runs)
    {
        var byStatus = runs.ToLookup(run => run.Status, StringComparer.Ordinal);
        var (succeeded, failed) = (byStatus["succeeded"].Count(), byStatus["failed"].Count());
        (statistics.Runs.Total, statistics.Runs.Running, statistics.Runs.Succeeded, statistics.Runs.Failed, statistics.Runs.Cancelled)
            .ShouldBe((runs.Count, byStatus["running"].Count(), succeeded, failed, byStatus["cancelled"].Count()));
        statistics.Runs.SuccessRate.ShouldBe(succeeded + failed == 0 ? null : (double)succeeded / (succeeded + failed));
        ShouldAgree(statistics.Runs.TotalSeconds, runs.Where(run => run.Status != "running").Select(run => run.Phases.Sum(phase => Seconds(phase) ?? 0)));

        var iterations = runs.Select(run => run.Phases.Select(phase => phase.Iteration!.Value).Append(1).Max()).ToList();
        statistics.Iterations.Mean.ShouldBe(iterations.Count == 0 ? null : iterations.Average());
        statistics.Iterations.Max.ShouldBe(iterations.Count == 0 ? null : iterations.Max());
        statistics.Iterations.RunsByIterations.ShouldBe(
            iterations.GroupBy(count => count).OrderBy(count => count.Key).Select(count => new RunsOfIterations(count.Key, count.Count())));
        var reviewed = runs.Count(run => run.Phases.Any(phase => phase.Outcome is "approved" or "changes_requested"));
        var approved = runs.Count(run => run.Phases.Any(phase => phase is { Outcome: "approved", Iteration: 1 }));
        statistics.Iterations.FirstPassApprovalRate.ShouldBe(reviewed == 0 ? null : (double)approved / reviewed);

        statistics.Phases.Select(phase => phase.Phase.Name()).ShouldBe(["setup", "builder", "test", "reviewer", "merge"]);
        foreach (var phase in statistics.Phases)
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

    private static long? Seconds(PhaseMetricFact fact) => fact.Outcome is null || fact.EndedAt is null ? null : (long)(fact.EndedAt - fact.StartedAt)!.Value.TotalSeconds;
}
