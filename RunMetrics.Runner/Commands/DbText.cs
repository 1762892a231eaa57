using System.Globalization;
using RunMetrics.Data.Databases;

namespace RunMetrics.Runner.Commands;

/// <summary>What is said of databases by several commands.</summary>
internal static class DbText
{
    /// <summary>What a database holds, such as <c>2 runs with 7 phase metrics</c>.</summary>
    public static string Content(DatabaseStatus status) => Content(status.Runs, status.PhaseMetrics);

    /// <inheritdoc cref="Content(DatabaseStatus)"/>
    public static string Content(PrunedRuns runs) => Content(runs.Runs, runs.PhaseMetrics);

    private static string Content(long runs, long phaseMetrics) => string.Create(
        CultureInfo.InvariantCulture, $"{runs} {(runs == 1 ? "run" : "runs")} with {phaseMetrics} {(phaseMetrics == 1 ? "phase metric" : "phase metrics")}");
}
