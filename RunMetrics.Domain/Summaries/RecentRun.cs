namespace RunMetrics.Domain.Summaries;

/// <summary>One of the newest runs in a <see cref="RunMetricsSummary"/>.</summary>
/// <param name="WoId">The work order that the run works on.</param>
/// <param name="Iterations">The highest iteration seen, from 1.</param>
/// <param name="TotalSeconds">The sum of every known duration of the run's phases, in seconds.</param>
public sealed record RecentRun(string WoId, int Iterations, long TotalSeconds);
