using static System.FormattableString;
using static RunMetrics.Data.Context.SeriesNumbers;
using static RunMetrics.Data.Sqlite.HistogramStatements;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// The tables that count runs and phases, the triggers that keep them true whoever writes, and the statements that count anew. The migration
/// <c>AddHistograms</c> runs this text, so it is frozen with it: a change is another class like this one and a migration that replaces what this
/// one made. <c>docs/decisions/0008-counted-by-triggers.md</c> says why they are as they are.
/// </summary>
/// <remarks>
/// <para>
/// A write is noted in <c>uncounted_phases</c> and <c>uncounted_runs</c>, a row at the end of a table, and taken into the counts with others when
/// there are <see cref="MaxUncountedPhases"/> or <see cref="MaxUncountedRuns"/>. What is true at any moment is the counts together with the views
/// <c>phase_changes</c> and <c>run_changes</c> of what is not counted yet. In the counts a row of the project 0 is about all projects together, and no
/// row counts nothing.
/// </para>
/// <para>SQLite knows no procedures. The view <c>counting</c>, whose trigger turns an insertion into the taking in, stands for one.</para>
/// </remarks>
internal static class HistogramSchema
{
    /// <summary>How many changes of phases wait at most.</summary>
    public const int MaxUncountedPhases = 2048;

    /// <summary>How many changed runs wait at most.</summary>
    public const int MaxUncountedRuns = 512;

    private const string NewRunCells = "new_project, new_status, new_iteration, new_has_verdict, new_is_approved_at_first";

    /// <summary>The figures of a run that is not there.</summary>
    private const string Nowhere = "NULL, NULL, NULL, NULL, NULL, NULL";

    private const string KeyChanges = "OLD.id <> NEW.id OR OLD.rowid <> NEW.rowid";

    private static readonly string HasNothing = $"{string.Join(" + ", Outcomes)} + durations = 0";

    /// <summary>The tables, views and triggers in the order in which they are made.</summary>
    public static readonly IReadOnlyList<(string Type, string Name, string Sql)> Parts =
    [
        // What is counted of each run, and the number of its project. Kept apart from the run, because a cascade deletes a run's row before its phases
        // are counted down.
        Table("run_figures", """
            run_id TEXT NOT NULL,
            project INTEGER NOT NULL,
            status TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            total_seconds INTEGER NOT NULL,
            verdicts INTEGER NOT NULL,
            first_approvals INTEGER NOT NULL,
            PRIMARY KEY (run_id)
            """),

        // The projects, their numbers, and how many runs they have; always up to date. One without runs is forgotten when all
        // that it had is counted down.
        ("table", "project_counts", """
            CREATE TABLE project_counts (
            project INTEGER NOT NULL PRIMARY KEY,
            project_id TEXT NOT NULL UNIQUE,
            runs INTEGER NOT NULL
            )
            """),

        // The runs by all that statistics ask of them but their durations.
        Table("run_counts", $"""
            project INTEGER NOT NULL,
            status TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            has_verdict INTEGER NOT NULL,
            is_approved_at_first INTEGER NOT NULL,
            runs INTEGER NOT NULL,
            PRIMARY KEY ({RunCells})
            """),

        // The phases of a series by their outcome, and the moments of those durations that count: of closed phases that were not skipped, where known,
        // or of ended runs. The sum of the squares is squares_0 + squares_32 * 2^32 + squares_62 * 2^62.
        ("table", "phase_counts", $"""
            CREATE TABLE phase_counts (
            series INTEGER NOT NULL PRIMARY KEY,
            {Lines(Sums, sum => $"{sum} INTEGER NOT NULL")}
            )
            """),

        // How many of these durations have a digit after those that they begin with: once for each digit of a duration to the base of 64. A node is
        // the digits before, as a number, times 16, and the number of the digits after; so a reader finds the duration of any rank by a node a digit.
        Table("duration_counts", """
            series INTEGER NOT NULL,
            node INTEGER NOT NULL,
            digit INTEGER NOT NULL,
            durations INTEGER NOT NULL,
            PRIMARY KEY (series, node, digit)
            """),

        // The levels of the digits, and the least duration that has one there.
        ("table", "digit_levels", "CREATE TABLE digit_levels (least INTEGER NOT NULL PRIMARY KEY, level INTEGER NOT NULL)"),

        // Phases that came (1) or went (-1) since changes were counted; of no series where their run is not there.
        ("table", "uncounted_phases", """
            CREATE TABLE uncounted_phases (
            number INTEGER NOT NULL PRIMARY KEY,
            series INTEGER,
            outcome TEXT,
            seconds INTEGER,
            change INTEGER NOT NULL
            )
            """),

        // Runs that changed since changes were counted: as they stood then, and as they stand now; of no project where they are not there.
        ("table", "uncounted_runs", $"""
            CREATE TABLE uncounted_runs (
            number INTEGER NOT NULL PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            {Lines(["", "new_"], side => $"""
                {side}project INTEGER,
                {side}status TEXT,
                {side}iteration INTEGER,
                {side}has_verdict INTEGER,
                {side}is_approved_at_first INTEGER,
                {side}total_seconds INTEGER
                """)}
            )
            """),

        // The changes that are just being counted, equal ones together.
        ("table", "grouped_changes", """
            CREATE TABLE grouped_changes (
            series INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            seconds INTEGER,
            change INTEGER NOT NULL
            )
            """),

        // REPLACE fires no trigger for the row that it deletes, so an insert that may replace rows notes here, before it happens, which. A note that
        // is left, because the insert was ignored or turned into an update, is of a row that is still there, until the next one forgets it.
        Table("replaced_runs", "id TEXT NOT NULL PRIMARY KEY"),
        Table("replaced_phase_metrics", """
            id TEXT NOT NULL,
            run_id TEXT NOT NULL,
            phase TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            duration_seconds INTEGER,
            outcome TEXT,
            PRIMARY KEY (id)
            """),

        View("phase_changes", "series, outcome, seconds, change", """
            SELECT series, outcome, seconds, change FROM uncounted_phases WHERE series IS NOT NULL
            """),
        View("run_changes", $"{RunCells}, total_seconds, change", $"""
            SELECT {RunCells}, total_seconds, -1 FROM uncounted_runs WHERE project IS NOT NULL
            UNION ALL
            SELECT {NewRunCells}, new_total_seconds, 1 FROM uncounted_runs WHERE new_project IS NOT NULL
            """),
        View("duration_changes", "series, outcome, seconds, change", Invariant($"""
            SELECT series, ifnull(outcome, 'open'), seconds, change FROM phase_changes
            UNION ALL
            SELECT project * {SeriesOfAProject}, 'ended', total_seconds, change FROM run_changes WHERE status <> 'running'
            """)),

        View("counting", "what", "SELECT NULL"),
        Trigger("count_changes", "INSTEAD OF INSERT ON counting", Invariant($"""
            INSERT INTO grouped_changes SELECT series, outcome, seconds, sum(change) FROM duration_changes GROUP BY 1, 2, 3 HAVING sum(change) <> 0;
            {CountRuns("run_changes", "run_counts")}
            {CountPhases("grouped_changes", "phase_counts")}
            {CountDurations("grouped_changes", "duration_counts")}
            DELETE FROM duration_counts WHERE durations = 0 AND (series, node, digit) IN (
                SELECT series, {NodeAndDigit} FROM grouped_changes CROSS JOIN digit_levels ON least <= seconds WHERE change < 0);
            DELETE FROM phase_counts WHERE {HasNothing} AND series IN (SELECT series FROM grouped_changes WHERE change < 0);
            DELETE FROM run_counts WHERE runs = 0 AND ({RunCells}) IN (SELECT {CellsOfEither} FROM run_changes CROSS JOIN {Either} WHERE change < 0);
            DELETE FROM project_counts WHERE runs = 0 AND project IN (SELECT project FROM run_changes WHERE change < 0)
                AND NOT EXISTS (SELECT 1 FROM run_counts WHERE run_counts.project = project_counts.project)
                AND NOT EXISTS (
                    SELECT 1 FROM phase_counts WHERE series >= project * {SeriesOfAProject} AND series < (project + 1) * {SeriesOfAProject});
            DELETE FROM grouped_changes;
            DELETE FROM uncounted_phases;
            DELETE FROM uncounted_runs;
            """)),
        Trigger("uncounted_phases_insert", Invariant($"AFTER INSERT ON uncounted_phases WHEN NEW.number >= {MaxUncountedPhases}"), Count),
        Trigger("uncounted_runs_insert", Invariant($"AFTER INSERT ON uncounted_runs WHEN NEW.number >= {MaxUncountedRuns}"), Count),

        Trigger("run_phase_metrics_before_insert", $"BEFORE INSERT ON run_phase_metrics WHEN {Replaces("run_phase_metrics")}", NoteReplacedPhaseMetrics()),
        Trigger("run_phase_metrics_before_update", $"BEFORE UPDATE ON run_phase_metrics WHEN {KeyChanges}", NoteReplacedPhaseMetrics("AND id <> OLD.id")),
        Trigger("run_phase_metrics_insert", "AFTER INSERT ON run_phase_metrics", ChangePhase("NEW", 1)),
        Trigger("run_phase_metrics_insert_replacing", "AFTER INSERT ON run_phase_metrics WHEN EXISTS (SELECT 1 FROM replaced_phase_metrics)", CountReplacedDown),
        Trigger(
            "run_phase_metrics_update",
            """
            AFTER UPDATE ON run_phase_metrics WHEN OLD.run_id <> NEW.run_id OR OLD.phase <> NEW.phase OR OLD.iteration <> NEW.iteration
                OR OLD.duration_seconds IS NOT NEW.duration_seconds OR OLD.outcome IS NOT NEW.outcome
            """,
            ChangePhase("NEW", 1) + "\n" + ChangePhase("OLD", -1)),
        Trigger("run_phase_metrics_update_replacing", $"AFTER UPDATE ON run_phase_metrics WHEN {KeyChanges}", CountReplacedDown),
        Trigger("run_phase_metrics_delete", "AFTER DELETE ON run_phase_metrics", $"""
            {ChangePhase("OLD", -1)}
            DELETE FROM replaced_phase_metrics WHERE id = OLD.id;
            """),

        // What is selected there is counted down.
        View("replaced_phase_changes", "run_id, phase, iteration, duration_seconds, outcome", "SELECT NULL, NULL, NULL, NULL, NULL"),
        Trigger("count_replaced_phase", "INSTEAD OF INSERT ON replaced_phase_changes", ChangePhase("NEW", -1)),

        Trigger("runs_before_insert", $"BEFORE INSERT ON runs WHEN {Replaces("runs")}", NoteReplacedRuns()),
        Trigger("runs_before_update", $"BEFORE UPDATE ON runs WHEN {KeyChanges}", NoteReplacedRuns("AND id <> OLD.id")),
        Trigger("runs_insert", "AFTER INSERT ON runs", $"""
            {ForgetReplacedRuns}
            {AddRun}
            """),
        Trigger("runs_update", "AFTER UPDATE ON runs", $"""
            {AddProject}
            UPDATE run_figures SET project = {NumberOfProject}, status = NEW.status, iteration = NEW.iteration
            WHERE run_id = NEW.id AND (project <> {NumberOfProject} OR status <> NEW.status OR iteration <> NEW.iteration);
            """),
        Trigger("runs_update_replacing", $"AFTER UPDATE ON runs WHEN {KeyChanges}", $"""
            {ForgetReplacedRuns}
            DELETE FROM run_figures WHERE run_id = OLD.id AND OLD.id <> NEW.id;
            {AddRun}
            """),
        Trigger("runs_delete", "AFTER DELETE ON runs", "DELETE FROM run_figures WHERE run_id = OLD.id;"),

        Trigger("run_figures_insert", "AFTER INSERT ON run_figures", $"""
            {AddToProject("NEW", 1)}
            {NoteRun("NEW", Nowhere, FiguresOf("NEW"))}
            """),
        Trigger(
            "run_figures_update",
            """
            AFTER UPDATE ON run_figures WHEN OLD.project <> NEW.project OR OLD.status <> NEW.status OR OLD.iteration <> NEW.iteration
                OR OLD.verdicts > 0 <> NEW.verdicts > 0 OR OLD.first_approvals > 0 <> NEW.first_approvals > 0
                OR (OLD.status <> 'running' AND OLD.total_seconds <> NEW.total_seconds)
            """,
            NoteRun("NEW", FiguresOf("OLD"), FiguresOf("NEW"))),
        Trigger("run_figures_update_project", "AFTER UPDATE ON run_figures WHEN OLD.project <> NEW.project", $"""
            {AddToProject("NEW", 1)}
            {AddToProject("OLD", -1)}
            """),
        Trigger("run_figures_delete", "AFTER DELETE ON run_figures", $"""
            {AddToProject("OLD", -1)}
            {NoteRun("OLD", FiguresOf("OLD"), Nowhere)}
            """),

        // A run that comes, goes or moves takes the phases along that stand under its id by then.
        Trigger(
            "run_figures_insert_phases",
            "AFTER INSERT ON run_figures WHEN EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = NEW.run_id)",
            ChangePhasesOf("NEW", 1)),
        Trigger(
            "run_figures_update_phases",
            "AFTER UPDATE ON run_figures WHEN OLD.project <> NEW.project",
            ChangePhasesOf("NEW", 1) + "\n" + ChangePhasesOf("OLD", -1)),
        Trigger(
            "run_figures_delete_phases",
            "AFTER DELETE ON run_figures WHEN EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = OLD.run_id)",
            ChangePhasesOf("OLD", -1)),
    ];

    /// <summary>Makes the tables.</summary>
    public static string CreateTables => $"""
        {Create(Parts.Where(part => part.Type == "table"))}
        INSERT INTO digit_levels VALUES {string.Join(", ", Enumerable.Range(0, Levels).Select(level => Invariant($"({(level == 0 ? 0 : 1L << (DigitBits * level))}, {level})")))};
        """;

    /// <summary>Makes what keeps the tables up to date; they are to be filled before.</summary>
    public static string CreateTriggers => Create(Parts.Where(part => part.Type != "table"));

    /// <summary>Removes what is there of all parts.</summary>
    public static string Drop => string.Join('\n', Parts.Reverse().Select(part => $"DROP {part.Type.ToUpperInvariant()} IF EXISTS {part.Name};"));

    /// <summary>Counts what is there into the empty tables.</summary>
    public static string Fill => string.Join('\n', Recounts("main").Select(count => count.Sql));

    private const string Count = "INSERT INTO counting VALUES (NULL);";

    private const string NumberOfProject = "(SELECT project FROM project_counts WHERE project_id = NEW.project_id)";

    private const string AddProject = "INSERT INTO project_counts (project_id, runs) VALUES (NEW.project_id, 0) ON CONFLICT (project_id) DO NOTHING;";

    private const string AddRun = $"""
        {AddProject}
        INSERT INTO run_figures VALUES (
            NEW.id, {NumberOfProject}, NEW.status, NEW.iteration,
            (SELECT ifnull(sum(duration_seconds), 0) FROM run_phase_metrics WHERE run_id = NEW.id),
            (SELECT count(*) FROM run_phase_metrics WHERE run_id = NEW.id AND outcome IN {Verdicts}),
            (SELECT count(*) FROM run_phase_metrics WHERE run_id = NEW.id AND outcome = 'approved' AND iteration = 1))
        ON CONFLICT (run_id) DO UPDATE SET
            project = excluded.project, status = excluded.status, iteration = excluded.iteration, total_seconds = excluded.total_seconds,
            verdicts = excluded.verdicts, first_approvals = excluded.first_approvals;
        """;

    /// <summary>Of a run of another id that has given its place. That of a run of the same id is taken over.</summary>
    private const string ForgetReplacedRuns = """
        DELETE FROM run_figures WHERE run_id IN (SELECT id FROM replaced_runs) AND NOT EXISTS (SELECT 1 FROM runs WHERE id = run_figures.run_id);
        """;

    private const string CountReplacedDown = """
        INSERT INTO replaced_phase_changes
        SELECT run_id, phase, iteration, duration_seconds, outcome FROM replaced_phase_metrics AS replaced
        WHERE id = NEW.id OR NOT EXISTS (SELECT 1 FROM run_phase_metrics WHERE id = replaced.id);
        DELETE FROM replaced_phase_metrics;
        """;

    private static string Create(IEnumerable<(string Type, string Name, string Sql)> parts) => string.Join('\n', parts.Select(part => $"{part.Sql};"));

    private static (string Type, string Name, string Sql) Table(string name, string columns) =>
        ("table", name, $"CREATE TABLE {name} (\n{columns}\n) WITHOUT ROWID");

    private static (string Type, string Name, string Sql) View(string name, string columns, string select) =>
        ("view", name, $"CREATE VIEW {name} ({columns}) AS\n{select}");

    private static (string Type, string Name, string Sql) Trigger(string name, string when, string statements) =>
        ("trigger", name, $"CREATE TRIGGER {name} {when} BEGIN\n{statements}\nEND");

    private static string Lines(IEnumerable<string> items, Func<string, string> line) => string.Join(",\n", items.Select(line));

    /// <summary>A phase whose run is not there counts nowhere, until the run is there.</summary>
    private static string ChangePhase(string row, int change) => Invariant($"""
        UPDATE run_figures SET
            total_seconds = total_seconds + {change} * ifnull({row}.duration_seconds, 0),
            verdicts = verdicts + {change} * ifnull({row}.outcome IN {Verdicts}, 0),
            first_approvals = first_approvals + {change} * ifnull({row}.outcome = 'approved' AND {row}.iteration = 1, 0)
        WHERE run_id = {row}.run_id AND ({row}.duration_seconds > 0 OR {row}.outcome IN {Verdicts});
        INSERT INTO uncounted_phases (series, outcome, seconds, change) VALUES (
            {SeriesOf($"(SELECT project FROM run_figures WHERE run_id = {row}.run_id)", row)}, {row}.outcome, {CountedSeconds(row)}, {change});
        """);

    private static string ChangePhasesOf(string row, int change) => Invariant($"""
        INSERT INTO uncounted_phases (series, outcome, seconds, change)
        SELECT {SeriesOf($"{row}.project", "metric")}, outcome, {CountedSeconds("metric")}, {change}
        FROM run_phase_metrics AS metric WHERE run_id = {row}.run_id;
        """);

    private static string FiguresOf(string row) =>
        $"{row}.project, {row}.status, {row}.iteration, {row}.verdicts > 0, {row}.first_approvals > 0, {row}.total_seconds";

    private static string NoteRun(string row, string before, string now) => $"""
        INSERT INTO uncounted_runs (run_id, {RunCells}, total_seconds, {NewRunCells}, new_total_seconds) VALUES ({row}.run_id, {before}, {now})
        ON CONFLICT (run_id) DO UPDATE SET
            {string.Join(", ", $"{NewRunCells}, new_total_seconds".Split(", ").Select(column => $"{column} = excluded.{column}"))};
        """;

    private static string AddToProject(string row, int change) =>
        Invariant($"UPDATE project_counts SET runs = runs + {change} WHERE project = {row}.project;");

    /// <summary>A row gives way to one with its id, or with its rowid, which is a key to SQLite too; -1 stands for one that is not chosen yet.</summary>
    private static string Replaces(string table) =>
        $"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid)";

    private static string NoteReplacedPhaseMetrics(string others = "") => $"""
        DELETE FROM replaced_phase_metrics;
        INSERT INTO replaced_phase_metrics
        SELECT id, run_id, phase, iteration, duration_seconds, outcome FROM run_phase_metrics WHERE id = NEW.id {others};
        INSERT INTO replaced_phase_metrics
        SELECT id, run_id, phase, iteration, duration_seconds, outcome FROM run_phase_metrics WHERE rowid = NEW.rowid AND id <> NEW.id {others};
        """;

    private static string NoteReplacedRuns(string others = "") => $"""
        DELETE FROM replaced_runs;
        INSERT INTO replaced_runs SELECT id FROM runs WHERE rowid = NEW.rowid AND id <> NEW.id {others};
        """;
}
