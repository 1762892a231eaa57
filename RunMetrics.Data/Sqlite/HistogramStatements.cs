using static System.FormattableString;
using static RunMetrics.Data.Context.SeriesNumbers;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// The statements that count runs and phases, be it what has changed or all there is, for the tables of <see cref="HistogramSchema"/>; frozen with it.
/// </summary>
internal static class HistogramStatements
{
    /// <summary>The key of <c>run_counts</c>.</summary>
    public const string RunCells = "project, status, iteration, has_verdict, is_approved_at_first";

    /// <summary>The outcomes that are a verdict of the reviewer.</summary>
    public const string Verdicts = "('approved', 'changes_requested')";

    /// <summary>Each row for its project and for all projects together.</summary>
    public const string Either = "(SELECT 0 AS of_all UNION ALL SELECT 1)";

    /// <summary>The cells of <c>run_counts</c> of such rows.</summary>
    public const string CellsOfEither = "iif(of_all, 0, project), status, iteration, has_verdict, is_approved_at_first";

    /// <summary>Where a level of a duration is counted.</summary>
    public static readonly string NodeAndDigit = Invariant(
        $"(seconds >> ({DigitBits} * (level + 1)) << {LevelBits}) | level AS node, (seconds >> ({DigitBits} * level)) & {(1 << DigitBits) - 1} AS digit");

    private static readonly string[] Phases = ["setup", "builder", "test", "reviewer", "merge"];

    /// <summary>How phases stand, by the columns of <c>phase_counts</c>.</summary>
    public static readonly string[] Outcomes = ["open", "success", "failed", "changes_requested", "approved", "skipped"];

    /// <summary>The columns of <c>phase_counts</c> that add up.</summary>
    public static readonly string[] Sums = [.. Outcomes, "durations", "total_seconds", "squares_0", "squares_32", "squares_62"];

    /// <summary>
    /// The statements that count what is there, whatever the tables hold, by what they fill, in the order in which they are to run. They leave
    /// <c>grouped_changes</c> empty.
    /// </summary>
    /// <param name="schema">The database of the tables to fill; they are empty.</param>
    public static IReadOnlyList<(string Table, string Sql)> Recounts(string schema) =>
    [
        ("project_counts", $"""
            INSERT INTO {schema}.project_counts (project_id, runs) SELECT project_id, count(*) FROM main.runs GROUP BY 1;
            """),
        ("run_figures", $"""
            INSERT INTO {schema}.run_figures
            SELECT
                run.id, project.project, run.status, run.iteration, ifnull(sum(metric.duration_seconds), 0),
                count(*) FILTER (WHERE metric.outcome IN {Verdicts}), count(*) FILTER (WHERE metric.outcome = 'approved' AND metric.iteration = 1)
            FROM main.runs AS run
                JOIN {schema}.project_counts AS project USING (project_id)
                LEFT JOIN main.run_phase_metrics AS metric ON metric.run_id = run.id
            GROUP BY run.id;
            """),
        ("run_counts", CountRuns($"""
            (SELECT project, status, iteration, verdicts > 0 AS has_verdict, first_approvals > 0 AS is_approved_at_first, 1 AS change FROM {schema}.run_figures)
            """, $"{schema}.run_counts")),
        ("phase_counts", Invariant($"""
            INSERT INTO {schema}.grouped_changes
            SELECT
                {SeriesOf("figures.project", "metric")}, ifnull(metric.outcome, 'open'), {CountedSeconds("metric")}, count(*)
            FROM main.run_phase_metrics AS metric JOIN {schema}.run_figures AS figures ON figures.run_id = metric.run_id
            GROUP BY 1, 2, 3
            UNION ALL
            SELECT project * {SeriesOfAProject}, 'ended', total_seconds, count(*) FROM {schema}.run_figures WHERE status <> 'running' GROUP BY 1, 3;
            {CountPhases($"{schema}.grouped_changes", $"{schema}.phase_counts")}
            """)),
        ("duration_counts", $"""
            {CountDurations($"{schema}.grouped_changes", $"{schema}.duration_counts")}
            DELETE FROM {schema}.grouped_changes;
            """),
    ];

    /// <summary>What changes come to, as rows like those of <c>phase_counts</c>.</summary>
    public static string SumOfPhases(string changes) => $"""
        SELECT
            series, {string.Join(", ", Outcomes.Select(outcome => $"sum(iif(outcome = '{outcome}', change, 0)) AS {outcome}"))},
            sum(iif(seconds IS NULL, 0, change)) AS durations, {Sum("seconds")} AS total_seconds, {Sum($"{LowSquare} & 4294967295")} AS squares_0,
            {Sum($"{High} * {Low} + ({LowSquare} >> 32)")} AS squares_32, {Sum($"{High} * {High}")} AS squares_62
        FROM {changes} GROUP BY 1
        """;

    /// <summary>What changes come to, as rows like those of <c>duration_counts</c>, of which several may have one key.</summary>
    public static string DigitsOfDurations(string changes) =>
        $"SELECT series, {NodeAndDigit}, change AS durations FROM {changes} CROSS JOIN digit_levels ON least <= seconds";

    /// <summary>Each column of a sum by its name, added to what stands there.</summary>
    private static string AddAll(IEnumerable<string> sums) => string.Join(", ", sums.Select(sum => $"{sum} = {sum} + excluded.{sum}"));

    public static string CountRuns(string changes, string counts) => $"""
        INSERT INTO {counts}
        SELECT {CellsOfEither}, sum(change) FROM {changes} CROSS JOIN {Either}
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0
        ON CONFLICT ({RunCells}) DO UPDATE SET {AddAll(["runs"])};
        """;

    /// <summary>Adds the same changes for all projects together before.</summary>
    public static string CountPhases(string changes, string counts) => Invariant($"""
        INSERT INTO {changes} SELECT series % {SeriesOfAProject}, outcome, seconds, sum(change) FROM {changes} GROUP BY 1, 2, 3 HAVING sum(change) <> 0;
        INSERT INTO {counts}
        {SumOfPhases(changes)}
        ON CONFLICT (series) DO UPDATE SET {AddAll(Sums)};
        """);

    public static string CountDurations(string changes, string counts) => $"""
        INSERT INTO {counts}
        {DigitsOfDurations(changes)} WHERE true
        ON CONFLICT (series, node, digit) DO UPDATE SET {AddAll(["durations"])};
        """;

    private const string High = "(seconds >> 31)";

    private const string Low = "(seconds & 2147483647)";

    private const string LowSquare = $"({Low} * {Low})";

    private static string Sum(string figure) => $"ifnull(sum(change * ({figure})), 0)";

    /// <summary>The duration of a phase where it counts, else null.</summary>
    public static string CountedSeconds(string row) => $"iif({row}.outcome <> 'skipped', {row}.duration_seconds, NULL)";

    /// <summary>The number of the series of a phase.</summary>
    public static string SeriesOf(string project, string row) => Invariant($"""
        {project} * {SeriesOfAProject} + CASE {row}.phase {string.Join(" ", Phases.Select((phase, i) => Invariant($"WHEN '{phase}' THEN {i * LastIteration}")))} END
            + min({row}.iteration, {LastIteration})
        """);
}
