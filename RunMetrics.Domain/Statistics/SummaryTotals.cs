namespace RunMetrics.Domain.Statistics;

/// <summary>So many runs with the same highest iteration.</summary>
/// <param name="Iterations">Their highest iteration, from 1.</param>
/// <param name="Runs">How many.</param>
internal sealed record IterationTotals(int Iterations, long Runs);

/// <summary>What the closed phases of a kind took that were not skipped, where that is known.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Durations">How many durations there are.</param>
/// <param name="TotalSeconds">Their sum.</param>
internal sealed record PhaseTotals(RunPhase Phase, long Durations, long TotalSeconds);

/// <summary>All that a summary follows from but the newest runs, wherever it was added up.</summary>
/// <param name="Iterations">The runs; each number of iterations once.</param>
/// <param name="Phases">Their phases; each at most once.</param>
internal sealed record SummaryTotals(IReadOnlyList<IterationTotals> Iterations, IReadOnlyList<PhaseTotals> Phases)
{
    /// <summary>How many runs there are.</summary>
    public long Runs => Iterations.Sum(totals => totals.Runs);

    /// <summary>The averages, 0 where there is nothing to average.</summary>
    public RunMetricsSummary ToSummary(IReadOnlyList<RecentRun> recentRuns)
    {
        return new RunMetricsSummary(
            AvgSetupSeconds: AverageSeconds(RunPhase.Setup),
            AvgBuilderSeconds: AverageSeconds(RunPhase.Builder),
            AvgTestSeconds: AverageSeconds(RunPhase.Test),
            AvgReviewerSeconds: AverageSeconds(RunPhase.Reviewer),
            AvgMergeSeconds: AverageSeconds(RunPhase.Merge),
            AvgIterations: Average(Iterations.Sum(totals => totals.Iterations * totals.Runs), Runs),
            TotalRuns: (int)Runs,
            RecentRuns: recentRuns);

        double AverageSeconds(RunPhase phase) => Phases.FirstOrDefault(totals => totals.Phase == phase) is { } totals
            ? Average(totals.TotalSeconds, totals.Durations)
            : 0;
    }

    private static double Average(long sum, long count) => count == 0 ? 0 : (double)sum / count;
}
