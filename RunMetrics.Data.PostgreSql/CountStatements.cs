using static System.FormattableString;
using static RunMetrics.Data.Context.SeriesNumbers;

namespace RunMetrics.Data.PostgreSql;

/// <summary>
/// The expressions by which runs and phases are counted, be it what has changed or all there is, for the tables of <see cref="CountSchema"/>; frozen
/// with it.
/// </summary>
internal static class CountStatements
{
    /// <summary>The key of <c>run_counts</c>.</summary>
    public const string RunCells = "project, status, iteration, has_verdict, is_approved_at_first";

    private const string High = "(seconds >> 31)";

    private const string Low = "(seconds & 2147483647)";

    private const string LowSquare = $"({Low} * {Low})";

    /// <summary>How phases stand, by the columns of <c>phase_counts</c>.</summary>
    public static readonly string[] Outcomes = ["open", "success", "failed", "changes_requested", "approved", "skipped"];

    /// <summary>The columns of <c>phase_counts</c> that add up.</summary>
    public static readonly string[] Sums = [.. Outcomes, "durations", "total_seconds", "squares_0", "squares_32", "squares_62"];

    private static readonly string[] Phases = ["setup", "builder", "test", "reviewer", "merge"];

    /// <summary>The levels of the digits, and the least duration that has one there.</summary>
    private static readonly string DigitLevels =
        $"(VALUES {string.Join(", ", Enumerable.Range(0, Levels).Select(level => Invariant($"({(level == 0 ? 0 : 1L << (DigitBits * level))}::bigint, {level})")))}) AS levels (least, level)";

    /// <summary>The digits before, as a number; those of the last level have none, and a shift by more than 63 bits is one by fewer.</summary>
    private static readonly string DigitsBefore = Invariant($"CASE WHEN level = {Levels - 1} THEN 0 ELSE seconds >> ({DigitBits} * (level + 1)) END");

    /// <summary>Changes of runs and, each row once more, of all projects together, as rows like those of <c>run_counts</c>.</summary>
    public static string SumOfRuns(string changes) => $"""
        SELECT CASE WHEN of_all THEN 0 ELSE project END AS project, status, iteration, has_verdict, is_approved_at_first, sum(change)::bigint AS runs
        FROM {changes} CROSS JOIN (VALUES (false), (true)) AS either (of_all) GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0
        """;

    /// <summary>Changes of phases, and of ended runs, with those of all projects together: series, outcome, duration where it counts, and how many.</summary>
    public static string DurationChanges(string phases, string runs) => Invariant($"""
        SELECT CASE WHEN of_all THEN series % {SeriesOfAProject} ELSE series END AS series, outcome, seconds, sum(change)::bigint AS change
        FROM (
            SELECT series, coalesce(outcome, 'open') AS outcome, seconds, change FROM {phases}
            UNION ALL
            SELECT project * {SeriesOfAProject}, 'ended', total_seconds, change FROM {runs} WHERE status <> 'running') AS both_kinds
            CROSS JOIN (VALUES (false), (true)) AS either (of_all)
        GROUP BY 1, 2, 3 HAVING sum(change) <> 0
        """);

    /// <summary>What they come to, as rows like those of <c>phase_counts</c>.</summary>
    public static string SumOfPhases(string changes) => $"""
        SELECT
            series, {string.Join(", ", Outcomes.Select(outcome => $"coalesce(sum(change) FILTER (WHERE outcome = '{outcome}'), 0)::bigint AS {outcome}"))},
            coalesce(sum(change) FILTER (WHERE seconds IS NOT NULL), 0)::bigint AS durations, {Sum("seconds")} AS total_seconds,
            {Sum($"({LowSquare} & 4294967295)")} AS squares_0, {Sum($"({High} * {Low} + ({LowSquare} >> 32))")} AS squares_32,
            {Sum($"({High} * {High})")} AS squares_62
        FROM {changes} GROUP BY series
        """;

    /// <summary>What they come to, as rows like those of <c>duration_counts</c>.</summary>
    public static string SumOfDigits(string changes) => Invariant($"""
        SELECT
            series, (({DigitsBefore}) << {LevelBits}) | level AS node, ((seconds >> ({DigitBits} * level)) & {(1 << DigitBits) - 1})::integer AS digit,
            sum(change)::bigint AS durations
        FROM {changes} JOIN {DigitLevels} ON least <= seconds
        GROUP BY 1, 2, 3 HAVING sum(change) <> 0
        """);

    /// <summary>The number of the series of a phase.</summary>
    public static string SeriesOf(string project, string row) => Invariant($"""
        {project} * {SeriesOfAProject} + CASE {row}.phase {string.Join(" ", Phases.Select((phase, i) => Invariant($"WHEN '{phase}' THEN {i * LastIteration}")))} END
            + least({row}.iteration, {LastIteration})
        """);

    /// <summary>The duration of a phase where it counts, else null.</summary>
    public static string CountedSeconds(string row) => $"CASE WHEN {row}.outcome <> 'skipped' THEN {row}.duration_seconds::bigint END";

    /// <summary>The figures of runs by what is said of their phases, each of which counts as often as <c>change</c> says.</summary>
    public static string FiguresOfPhases(string changes) => $"""
        SELECT
            run_id, coalesce(sum(change * duration_seconds::bigint), 0)::bigint AS total_seconds,
            coalesce(sum(change) FILTER (WHERE outcome IN ('approved', 'changes_requested')), 0)::bigint AS verdicts,
            coalesce(sum(change) FILTER (WHERE outcome = 'approved' AND iteration = 1), 0)::bigint AS first_approvals
        FROM {changes} GROUP BY run_id
        """;

    /// <summary>Runs as they are counted, by rows like those of <c>run_figures</c>.</summary>
    public static string CellsOfRuns(string changes) => $"""
        SELECT
            project, status, iteration, verdicts > 0 AS has_verdict, first_approvals > 0 AS is_approved_at_first,
            CASE WHEN status = 'running' THEN 0 ELSE total_seconds END AS total_seconds, sum(change)::bigint AS change
        FROM {changes} GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(change) <> 0
        """;

    /// <summary>Phases as they are counted, by the projects of their runs.</summary>
    public static string CellsOfPhases(string changes, string figures = "run_figures") => $"""
        SELECT {SeriesOf("figures.project", "metric")} AS series, metric.outcome, {CountedSeconds("metric")} AS seconds, sum(metric.change)::bigint AS change
        FROM {changes} AS metric JOIN {figures} AS figures USING (run_id) GROUP BY 1, 2, 3 HAVING sum(metric.change) <> 0
        """;

    private static string Sum(string figure) => $"coalesce(sum(change * {figure}), 0)::bigint";
}
