using System.Globalization;

namespace RunMetrics.Data.Migrations;

/// <summary>
/// The tables that count runs and phases, the triggers that keep them true whoever writes, and the statements that count anew. The migration
/// <c>AddCounts</c> runs this text, so it is frozen with it: a change is another class like this one and a migration that replaces what this
/// one made. <c>docs/decisions/0008-counted-by-triggers.md</c> says why they are as they are.
/// </summary>
/// <remarks>
/// <para>In every table but <c>run_figures</c> a row of the project <c>''</c> counts all projects together. No row counts nothing.</para>
/// <para>
/// SQLite knows no procedures. A view that a trigger turns insertions into stands for one: what is "inserted" there with a change of 1 or -1 is
/// counted up or down. Their <c>INSERT ... VALUES</c> needs none of the temporary tables that <c>INSERT ... SELECT</c> does where triggers follow,
/// which cost more than all the counting; the statements with SELECT run only where there is something to select.
/// </para>
/// </remarks>
internal static class CountSchema
{
    /// <summary>The tables, views and triggers in the order in which they are made.</summary>
    public static readonly IReadOnlyList<(string Type, string Name, string Sql)> Parts =
    [
        // What is counted of each run. Kept apart from the run, because a cascade deletes a run's row before its phases are counted down.
        Table("run_figures", """
            run_id TEXT NOT NULL,
            project_id TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            total_seconds INTEGER NOT NULL,
            PRIMARY KEY (run_id)
            """),

        // The runs by their highest iteration.
        Table("run_counts", """
            project_id TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            runs INTEGER NOT NULL,
            PRIMARY KEY (project_id, iteration)
            """),

        // The durations that count: those of closed phases that were not skipped, where known.
        Table("phase_counts", """
            project_id TEXT NOT NULL,
            phase TEXT NOT NULL,
            durations INTEGER NOT NULL,
            total_seconds INTEGER NOT NULL,
            PRIMARY KEY (project_id, phase)
            """),

        // REPLACE fires no trigger for the row that it deletes, so an insert that may replace rows notes here, before it happens, which. A note that
        // is left, because the insert was ignored or turned into an update, is of a row that is still there, until the next one forgets it.
        Table("replaced_runs", "id TEXT NOT NULL PRIMARY KEY"),
        Table("replaced_phase_metrics", """
            id TEXT NOT NULL,
            run_id TEXT NOT NULL,
            phase TEXT NOT NULL,
            duration_seconds INTEGER,
            outcome TEXT,
            PRIMARY KEY (id)
            """),

        View("phase_changes", "project_id, phase, seconds, change"),
        Trigger("count_phase", "INSTEAD OF INSERT ON phase_changes WHEN NEW.project_id IS NOT NULL AND NEW.seconds IS NOT NULL", """
            INSERT INTO phase_counts VALUES (NEW.project_id, NEW.phase, NEW.change, NEW.change * NEW.seconds)
            ON CONFLICT (project_id, phase) DO UPDATE SET
                durations = durations + excluded.durations, total_seconds = total_seconds + excluded.total_seconds;
            DELETE FROM phase_counts WHERE NEW.change < 0 AND project_id = NEW.project_id AND phase = NEW.phase AND durations = 0;
            """),

        View("run_changes", "project_id, iteration, change"),
        Trigger("count_run", "INSTEAD OF INSERT ON run_changes", """
            INSERT INTO run_counts VALUES (NEW.project_id, NEW.iteration, NEW.change)
            ON CONFLICT (project_id, iteration) DO UPDATE SET runs = runs + excluded.runs;
            DELETE FROM run_counts WHERE NEW.change < 0 AND project_id = NEW.project_id AND iteration = NEW.iteration AND runs = 0;
            """),

        // A phase whose run is not there counts nowhere, until the run is there.
        View("phase_metric_changes", "run_id, phase, duration_seconds, outcome, change"),
        Trigger("count_phase_metric", "INSTEAD OF INSERT ON phase_metric_changes WHEN NEW.duration_seconds IS NOT NULL", $"""
            UPDATE run_figures SET total_seconds = total_seconds + NEW.change * NEW.duration_seconds
            WHERE run_id = NEW.run_id AND NEW.duration_seconds > 0;
            INSERT INTO phase_changes VALUES (
                (SELECT project_id FROM run_figures WHERE run_id = NEW.run_id), NEW.phase, {CountedSeconds("NEW")}, NEW.change);
            INSERT INTO phase_changes VALUES (
                (SELECT '' FROM run_figures WHERE run_id = NEW.run_id), NEW.phase, {CountedSeconds("NEW")}, NEW.change);
            """),

        Trigger("run_phase_metrics_before_insert", $"BEFORE INSERT ON run_phase_metrics WHEN {Replaces("run_phase_metrics")}", NoteReplacedPhaseMetrics()),
        Trigger("run_phase_metrics_before_update", $"BEFORE UPDATE ON run_phase_metrics WHEN {KeyChanges}", NoteReplacedPhaseMetrics("AND id <> OLD.id")),
        Trigger("run_phase_metrics_insert", "AFTER INSERT ON run_phase_metrics WHEN NEW.duration_seconds IS NOT NULL", Change("NEW", 1)),
        Trigger("run_phase_metrics_insert_replacing", "AFTER INSERT ON run_phase_metrics WHEN EXISTS (SELECT 1 FROM replaced_phase_metrics)", CountReplacedDown()),
        Trigger(
            "run_phase_metrics_update",
            """
            AFTER UPDATE ON run_phase_metrics WHEN OLD.run_id <> NEW.run_id OR OLD.phase <> NEW.phase
                OR OLD.duration_seconds IS NOT NEW.duration_seconds OR OLD.outcome IS NOT NEW.outcome
            """,
            Change("NEW", 1) + "\n" + Change("OLD", -1)),
        Trigger("run_phase_metrics_update_replacing", $"AFTER UPDATE ON run_phase_metrics WHEN {KeyChanges}", CountReplacedDown()),
        Trigger("run_phase_metrics_delete", "AFTER DELETE ON run_phase_metrics", $"""
            {Change("OLD", -1)}
            DELETE FROM replaced_phase_metrics WHERE id = OLD.id;
            """),

        Trigger("runs_before_insert", $"BEFORE INSERT ON runs WHEN {Replaces("runs")}", NoteReplacedRuns()),
        Trigger("runs_before_update", $"BEFORE UPDATE ON runs WHEN {KeyChanges}", NoteReplacedRuns("AND id <> OLD.id")),
        Trigger("runs_insert", "AFTER INSERT ON runs", $"""
            {ForgetReplacedRuns}
            {CountRun}
            """),
        Trigger("runs_update", "AFTER UPDATE ON runs", """
            UPDATE run_figures SET project_id = NEW.project_id, iteration = NEW.iteration
            WHERE run_id = NEW.id AND (project_id <> NEW.project_id OR iteration <> NEW.iteration);
            """),
        Trigger("runs_update_replacing", $"AFTER UPDATE ON runs WHEN {KeyChanges}", $"""
            {ForgetReplacedRuns}
            DELETE FROM run_figures WHERE run_id = OLD.id AND OLD.id <> NEW.id;
            {CountRun}
            """),
        Trigger("runs_delete", "AFTER DELETE ON runs", "DELETE FROM run_figures WHERE run_id = OLD.id;"),

        Trigger("run_figures_insert", "AFTER INSERT ON run_figures", ChangeRun("NEW", 1)),
        Trigger(
            "run_figures_update",
            "AFTER UPDATE ON run_figures WHEN OLD.project_id <> NEW.project_id OR OLD.iteration <> NEW.iteration",
            ChangeRun("NEW", 1) + "\n" + ChangeRun("OLD", -1)),
        Trigger("run_figures_delete", "AFTER DELETE ON run_figures", ChangeRun("OLD", -1)),

        // A run that comes, goes or moves takes the phases along that stand under its id by then.
        Trigger(
            "run_figures_insert_phases",
            "AFTER INSERT ON run_figures WHEN EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = NEW.run_id)",
            ChangePhasesOf("NEW", "NEW.project_id", 1) + "\n" + ChangePhasesOf("NEW", "''", 1)),
        Trigger(
            "run_figures_update_phases",
            "AFTER UPDATE ON run_figures WHEN OLD.project_id <> NEW.project_id",
            ChangePhasesOf("NEW", "NEW.project_id", 1) + "\n" + ChangePhasesOf("OLD", "OLD.project_id", -1)),
        Trigger(
            "run_figures_delete_phases",
            "AFTER DELETE ON run_figures WHEN EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = OLD.run_id)",
            ChangePhasesOf("OLD", "OLD.project_id", -1) + "\n" + ChangePhasesOf("OLD", "''", -1)),
    ];

    /// <summary>
    /// The statements that count what is there, whatever the tables hold, by table in the order in which they are to be filled: those after the
    /// first read it.
    /// </summary>
    /// <param name="figures">The table that holds the result of the first.</param>
    public static IReadOnlyList<(string Table, string Select)> Recounts(string figures) =>
    [
        ("run_figures", """
            SELECT run.id, run.project_id, run.iteration, ifnull(sum(metric.duration_seconds), 0)
            FROM runs AS run LEFT JOIN run_phase_metrics AS metric ON metric.run_id = run.id
            GROUP BY run.id
            """),
        ("run_counts", $"""
            WITH counted AS MATERIALIZED (SELECT project_id, iteration, count(*) AS runs FROM {figures} GROUP BY 1, 2)
            SELECT * FROM counted
            UNION ALL
            SELECT '', iteration, sum(runs) FROM counted GROUP BY 1, 2
            """),
        ("phase_counts", $"""
            WITH counted AS MATERIALIZED (
                SELECT
                    figures.project_id, metric.phase, count({CountedSeconds("metric")}) AS durations, sum({CountedSeconds("metric")}) AS total_seconds
                FROM run_phase_metrics AS metric JOIN {figures} AS figures ON figures.run_id = metric.run_id
                WHERE {CountedSeconds("metric")} IS NOT NULL
                GROUP BY 1, 2)
            SELECT * FROM counted
            UNION ALL
            SELECT '', phase, sum(durations), sum(total_seconds) FROM counted GROUP BY 1, 2
            """),
    ];

    /// <summary>Makes the tables.</summary>
    public static string CreateTables { get; } = Create(Parts.Where(part => part.Type == "table"));

    /// <summary>Makes what keeps the tables up to date; they are to be filled before.</summary>
    public static string CreateTriggers { get; } = Create(Parts.Where(part => part.Type != "table"));

    /// <summary>Removes what is there of all parts.</summary>
    public static string Drop { get; } = string.Join('\n', Parts.Reverse().Select(part => $"DROP {part.Type.ToUpperInvariant()} IF EXISTS {part.Name};"));

    /// <summary>Counts what is there into the empty tables.</summary>
    public static string Fill { get; } = string.Join('\n', Recounts("run_figures").Select(count => $"INSERT INTO {count.Table} {count.Select};"));

    private const string KeyChanges = "OLD.id <> NEW.id OR OLD.rowid <> NEW.rowid";

    private const string CountRun = """
        INSERT INTO run_figures VALUES (
            NEW.id, NEW.project_id, NEW.iteration, (SELECT ifnull(sum(duration_seconds), 0) FROM run_phase_metrics WHERE run_id = NEW.id))
        ON CONFLICT (run_id) DO UPDATE SET
            project_id = excluded.project_id, iteration = excluded.iteration, total_seconds = excluded.total_seconds;
        """;

    /// <summary>Of a run of another id that has given its place. That of a run of the same id is taken over.</summary>
    private const string ForgetReplacedRuns = """
        DELETE FROM run_figures WHERE run_id IN (SELECT id FROM replaced_runs) AND NOT EXISTS (SELECT 1 FROM runs WHERE id = run_figures.run_id);
        """;

    private static string Create(IEnumerable<(string Type, string Name, string Sql)> parts) => string.Join('\n', parts.Select(part => $"{part.Sql};"));

    private static (string Type, string Name, string Sql) Table(string name, string columns) =>
        ("table", name, $"CREATE TABLE {name} (\n{columns}\n) WITHOUT ROWID");

    private static (string Type, string Name, string Sql) View(string name, string columns) =>
        ("view", name, $"CREATE VIEW {name} AS SELECT {string.Join(", ", columns.Split(", ").Select(column => $"NULL AS {column}"))}");

    private static (string Type, string Name, string Sql) Trigger(string name, string when, string statements) =>
        ("trigger", name, $"CREATE TRIGGER {name} {when} BEGIN\n{statements}\nEND");

    /// <summary>The duration of a phase where it counts, else null.</summary>
    private static string CountedSeconds(string row) => $"iif({row}.outcome <> 'skipped', {row}.duration_seconds, NULL)";

    private static string Change(string row, int change) => string.Create(
        CultureInfo.InvariantCulture,
        $"INSERT INTO phase_metric_changes VALUES ({row}.run_id, {row}.phase, {row}.duration_seconds, {row}.outcome, {change});");

    private static string ChangeRun(string row, int change) => string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO run_changes VALUES ({row}.project_id, {row}.iteration, {change});
        INSERT INTO run_changes VALUES ('', {row}.iteration, {change});
        """);

    private static string ChangePhasesOf(string row, string project, int change) => string.Create(CultureInfo.InvariantCulture, $"""
        INSERT INTO phase_changes
        SELECT {project}, phase, {CountedSeconds("metric")}, {change} FROM run_phase_metrics AS metric WHERE run_id = {row}.run_id;
        """);

    /// <summary>A row gives way to one with its id, or with its rowid, which is a key to SQLite too; -1 stands for one that is not chosen yet.</summary>
    private static string Replaces(string table) =>
        $"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid)";

    private static string NoteReplacedPhaseMetrics(string others = "") => $"""
        DELETE FROM replaced_phase_metrics;
        INSERT INTO replaced_phase_metrics
        SELECT id, run_id, phase, duration_seconds, outcome FROM run_phase_metrics WHERE id = NEW.id {others};
        INSERT INTO replaced_phase_metrics
        SELECT id, run_id, phase, duration_seconds, outcome FROM run_phase_metrics WHERE rowid = NEW.rowid AND id <> NEW.id {others};
        """;

    private static string CountReplacedDown() => """
        INSERT INTO phase_metric_changes
        SELECT run_id, phase, duration_seconds, outcome, -1 FROM replaced_phase_metrics AS replaced
        WHERE id = NEW.id OR NOT EXISTS (SELECT 1 FROM run_phase_metrics WHERE id = replaced.id);
        DELETE FROM replaced_phase_metrics;
        """;

    private static string NoteReplacedRuns(string others = "") => $"""
        DELETE FROM replaced_runs;
        INSERT INTO replaced_runs SELECT id FROM runs WHERE rowid = NEW.rowid AND id <> NEW.id {others};
        """;
}
