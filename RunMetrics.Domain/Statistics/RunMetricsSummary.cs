namespace RunMetrics.Domain.Statistics;

/// <summary>
/// How long the phases of runs take on average. An average covers every closed phase of its kind whose duration is known and that was not
/// skipped, and is 0 where there is none. Nothing is rounded.
/// </summary>
/// <param name="AvgSetupSeconds">Mean duration of <c>setup</c>, in seconds.</param>
/// <param name="AvgBuilderSeconds">Mean duration of <c>builder</c>, in seconds.</param>
/// <param name="AvgTestSeconds">Mean duration of <c>test</c>, in seconds.</param>
/// <param name="AvgReviewerSeconds">Mean duration of <c>reviewer</c>, in seconds.</param>
/// <param name="AvgMergeSeconds">Mean duration of <c>merge</c>, in seconds.</param>
/// <param name="AvgIterations">Mean of the runs' highest iterations; 0 where there is no run.</param>
/// <param name="TotalRuns">How many runs there are, whatever their status.</param>
/// <param name="RecentRuns">The newest runs by start, then id, whatever their status; newest first.</param>
public sealed record RunMetricsSummary(
    double AvgSetupSeconds,
    double AvgBuilderSeconds,
    double AvgTestSeconds,
    double AvgReviewerSeconds,
    double AvgMergeSeconds,
    double AvgIterations,
    int TotalRuns,
    IReadOnlyList<RecentRun> RecentRuns);

/// <summary>One of the newest runs of a summary.</summary>
/// <param name="WoId">The work order that the run works on.</param>
/// <param name="Iterations">The highest iteration seen, from 1.</param>
/// <param name="TotalSeconds">The sum of every known duration of the run's phases, in seconds.</param>
/// <param name="RunId">The id of the run.</param>
/// <param name="Status">Where the run stands.</param>
/// <param name="StartedAt">When the run started, UTC.</param>
public sealed record RecentRun(string WoId, int Iterations, long TotalSeconds, string RunId, RunStatus Status, DateTimeOffset StartedAt);
