using static System.FormattableString;
using static RunMetrics.Data.PostgreSql.CountStatements;

namespace RunMetrics.Data.PostgreSql;

/// <summary>
/// The tables that count runs and phases beside those of the model, and the triggers that keep them true whoever writes. The migration
/// <c>InitialSchema</c> runs this text, so it is frozen with it: a change is another class like this one and a migration that replaces what this one made.
/// <c>docs/decisions/0010-concurrent-writers.md</c> says why they are as they are.
/// </summary>
/// <remarks>
/// A write is noted in <c>uncounted_phases</c> and <c>uncounted_runs</c>, rows at the end of a table, for which no writer waits for another. Now and
/// then one writer, and one at a time, takes all that is committed into the counts. What is true at any moment is the counts together with the views
/// <c>phase_changes</c> and <c>run_changes</c> of what is not counted yet. In the counts a row of the project 0 is about all projects together.
/// </remarks>
internal static class CountSchema
{
    /// <summary>Who notes a row of a number that this divides takes all rows in, so that about as many wait at most.</summary>
    public const int MaxUncounted = 1024;

    /// <summary>The key of the lock of who takes rows in.</summary>
    private const long CountingLock = 0x52756E436F756E74;

    /// <summary>The tables that are not in the model.</summary>
    public static readonly IReadOnlyList<string> OtherTables = ["projects", "uncounted_phases", "uncounted_runs"];

    private const string Tables = """
        CREATE TABLE projects (
            project bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            project_id text COLLATE "C" NOT NULL UNIQUE
        );
        CREATE TABLE uncounted_phases (
            number bigint GENERATED ALWAYS AS IDENTITY,
            series bigint NOT NULL,
            outcome text COLLATE "C",
            seconds bigint,
            change bigint NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
        CREATE TABLE uncounted_runs (
            number bigint GENERATED ALWAYS AS IDENTITY,
            project bigint NOT NULL,
            status text COLLATE "C" NOT NULL,
            iteration integer NOT NULL,
            has_verdict boolean NOT NULL,
            is_approved_at_first boolean NOT NULL,
            total_seconds bigint NOT NULL,
            change bigint NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
        """;

    private const string Views = """
        CREATE VIEW phase_changes AS SELECT series, outcome, seconds, change FROM uncounted_phases;
        CREATE VIEW run_changes AS
            SELECT project, status, iteration, has_verdict, is_approved_at_first, total_seconds, change FROM uncounted_runs;
        CREATE VIEW project_counts AS
            SELECT project.project, project.project_id, (coalesce(counted.runs, 0) + coalesce(waiting.runs, 0))::bigint AS runs
            FROM projects AS project
                LEFT JOIN LATERAL (SELECT sum(counts.runs) AS runs FROM run_counts AS counts WHERE counts.project = project.project) AS counted ON true
                LEFT JOIN (SELECT project, sum(change) AS runs FROM uncounted_runs GROUP BY project) AS waiting ON waiting.project = project.project;
        """;

    /// <summary>Takes in what is noted and committed. Counts of phases that come to nothing are removed; those of runs are few.</summary>
    private static readonly string CountFunction = Function("count_changes", "void", $"""
        DECLARE
            empty_series bigint[];
            empty_nodes bigint[];
            empty_digits integer[];
            empty_phases bigint[];
        BEGIN
            WITH phases AS (DELETE FROM uncounted_phases RETURNING series, outcome, seconds, change),
                runs AS (DELETE FROM uncounted_runs RETURNING {RunCells}, total_seconds, change),
                changes AS MATERIALIZED ({DurationChanges("phases", "runs")}),
                counted_runs AS (
                    INSERT INTO run_counts AS counts ({RunCells}, runs) {SumOfRuns("runs")}
                    ON CONFLICT ({RunCells}) DO UPDATE SET runs = counts.runs + excluded.runs),
                counted_phases AS (
                    INSERT INTO phase_counts AS counts (series, {string.Join(", ", Sums)}) {SumOfPhases("changes")}
                    ON CONFLICT (series) DO UPDATE SET {string.Join(", ", Sums.Select(sum => $"{sum} = counts.{sum} + excluded.{sum}"))}
                    RETURNING series, {string.Join(" + ", Outcomes)} + durations AS phases),
                counted_digits AS (
                    INSERT INTO duration_counts AS counts (series, node, digit, durations) {SumOfDigits("changes")}
                    ON CONFLICT (series, node, digit) DO UPDATE SET durations = counts.durations + excluded.durations
                    RETURNING series, node, digit, durations)
            SELECT array_agg(series), array_agg(node), array_agg(digit), (SELECT array_agg(series) FROM counted_phases WHERE phases = 0)
            INTO empty_series, empty_nodes, empty_digits, empty_phases
            FROM counted_digits WHERE durations = 0;
            DELETE FROM duration_counts AS counts USING unnest(empty_series, empty_nodes, empty_digits) AS empty (series, node, digit)
                WHERE (counts.series, counts.node, counts.digit) = (empty.series, empty.node, empty.digit);
            DELETE FROM phase_counts WHERE series = ANY(empty_phases);
        END
        """);

    /// <remarks>A transaction of a stricter kind would see rows that another has counted since, and fail.</remarks>
    private static readonly string CountSometimesFunction = TriggerFunction("count_sometimes", Invariant($"""
        BEGIN
            IF EXISTS (SELECT FROM new_rows WHERE number % {MaxUncounted} = 0) AND current_setting('transaction_isolation') = 'read committed' THEN
                IF pg_try_advisory_xact_lock({CountingLock}) THEN
                    PERFORM count_changes();
                END IF;
            END IF;
            RETURN NULL;
        END
        """));

    private static readonly (string Name, string Table, string Event, string Function)[] TableTriggers =
    [
        NotePhases("insert"),
        NotePhases("update"),
        NotePhases("delete"),
        ("runs_insert", "runs", "insert", TriggerFunction("note_runs_insert", $"""
            BEGIN
                {AddProjects}
                INSERT INTO run_figures (run_id, project, status, iteration, total_seconds, verdicts, first_approvals)
                    SELECT run.id, project, run.status, run.iteration, 0, 0, 0 FROM new_rows AS run JOIN projects USING (project_id);
                RETURN NULL;
            END
            """)),
        ("runs_before_delete", "runs", "before delete", TriggerFunction("delete_phases_first", """
            BEGIN
                DELETE FROM run_phase_metrics WHERE run_id = OLD.id;
                RETURN OLD;
            END
            """)),
        ("runs_update", "runs", "update", TriggerFunction("note_runs_update", NoteRunsUpdate)),
        ("runs_delete", "runs", "delete", TriggerFunction("note_runs_delete", """
            BEGIN
                DELETE FROM run_figures WHERE run_id IN (SELECT id FROM old_rows);
                RETURN NULL;
            END
            """)),
        NoteFigures("insert"),
        NoteFigures("update"),
        NoteFigures("delete"),
        ("uncounted_phases_insert", "uncounted_phases", "insert", CountSometimesFunction),
        ("uncounted_runs_insert", "uncounted_runs", "insert", CountSometimesFunction),
        ("runs_truncate", "runs", "truncate", RefuseTruncateFunction),
        ("run_phase_metrics_truncate", "run_phase_metrics", "truncate", RefuseTruncateFunction),
    ];

    private static IEnumerable<string> Functions => TableTriggers.Select(trigger => trigger.Function).Prepend(CountFunction).Distinct(StringComparer.Ordinal);

    /// <summary>Reads the names of the triggers that the tables lack, or that do nothing.</summary>
    public static string MissingTriggers => $"""
        SELECT wanted.name
        FROM (VALUES {string.Join(", ", TableTriggers.Select(trigger => $"('{trigger.Name}', '{trigger.Table}', '{NameOf(trigger.Function)}')"))})
            AS wanted (name, relation, function)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgname = wanted.name AND tgrelid = to_regclass(wanted.relation) AND tgfoid = to_regproc(wanted.function) AND tgenabled IN ('O', 'A'))
        """;

    /// <summary>Reads the names of the functions that are missing, or not those of this version.</summary>
    public static string ChangedFunctions => $"""
        SELECT wanted.name
        FROM (VALUES {string.Join(", ", Functions.Select(function => $"('{NameOf(function)}', '{BodyOf(function).Replace("'", "''", StringComparison.Ordinal)}')"))})
            AS wanted (name, body)
        WHERE NOT EXISTS (SELECT FROM pg_proc WHERE oid = to_regproc(wanted.name) AND prosrc = wanted.body)
        """;

    /// <summary>Makes the tables and views.</summary>
    public static string CreateTables => $"{Tables}\n{Views}";

    /// <summary>Makes functions and triggers, in place of those that are there; who reads does not wait for it.</summary>
    public static string CreateTriggers => string.Join(
        '\n',
        [
            .. Functions,
            .. TableTriggers.Select(trigger =>
                $"CREATE OR REPLACE TRIGGER {trigger.Name} {When(trigger.Event, trigger.Table)} EXECUTE FUNCTION {NameOf(trigger.Function)}();"),
        ]);

    /// <summary>Removes all parts.</summary>
    public static string Drop => $"""
        {string.Join('\n', TableTriggers.Select(trigger => $"DROP TRIGGER {trigger.Name} ON {trigger.Table};"))}
        {string.Join('\n', Functions.Select(function => $"DROP FUNCTION {NameOf(function)};"))}
        DROP VIEW project_counts, run_changes, phase_changes;
        DROP TABLE uncounted_runs, uncounted_phases, projects;
        """;

    private const string AddProjects = """
        INSERT INTO projects (project_id)
            SELECT DISTINCT project_id FROM new_rows WHERE NOT EXISTS (SELECT FROM projects WHERE projects.project_id = new_rows.project_id)
            ORDER BY project_id
            ON CONFLICT (project_id) DO NOTHING;
        """;

    /// <summary>
    /// Keeps a run from moving to another project while its phases are noted with the one, and the other way round. Always in one order, so that
    /// writers of several runs do not wait for each other in a circle.
    /// </summary>
    private static string LockFigures(string runIds) =>
        $"SELECT run_id, project FROM run_figures WHERE run_id IN ({runIds}) ORDER BY run_id FOR NO KEY UPDATE";

    /// <summary>A run that moves to another project takes its phases along. One of another id has none: they would have kept it from changing.</summary>
    private static string NoteRunsUpdate => $"""
        BEGIN
            {AddProjects}
            PERFORM FROM ({LockFigures("SELECT id FROM old_rows UNION SELECT id FROM new_rows")}) AS locked;
            IF EXISTS (SELECT id, project_id FROM new_rows EXCEPT SELECT id, project_id FROM old_rows) THEN
                INSERT INTO uncounted_phases (series, outcome, seconds, change)
                    WITH moved AS (
                        SELECT figures.run_id, figures.project AS from_project, projects.project AS to_project
                        FROM new_rows JOIN projects USING (project_id) JOIN run_figures AS figures ON figures.run_id = new_rows.id
                        WHERE figures.project <> projects.project)
                    SELECT {SeriesOf("side.project", "metric")}, metric.outcome, {CountedSeconds("metric")}, side.change
                    FROM moved JOIN run_phase_metrics AS metric USING (run_id)
                        CROSS JOIN LATERAL (VALUES (to_project, 1), (from_project, -1)) AS side (project, change);
                DELETE FROM run_figures WHERE run_id IN (SELECT id FROM old_rows EXCEPT SELECT id FROM new_rows);
                INSERT INTO run_figures (run_id, project, status, iteration, total_seconds, verdicts, first_approvals)
                    SELECT run.id, project, run.status, run.iteration, 0, 0, 0 FROM new_rows AS run JOIN projects USING (project_id)
                    WHERE NOT EXISTS (SELECT FROM run_figures WHERE run_id = run.id);
            END IF;
            UPDATE run_figures AS figures SET project = projects.project, status = run.status, iteration = run.iteration
                FROM new_rows AS run JOIN projects USING (project_id)
                WHERE figures.run_id = run.id AND (figures.project, figures.status, figures.iteration) <> (projects.project, run.status, run.iteration);
            RETURN NULL;
        END
        """;

    /// <summary>Rows that would go uncounted.</summary>
    private static string RefuseTruncateFunction => TriggerFunction("refuse_truncate", """
        BEGIN
            RAISE EXCEPTION 'TRUNCATE of % would leave it counted; DELETE its rows', TG_TABLE_NAME;
        END
        """);

    /// <remarks>
    /// A statement that stores or deletes runs beside what it does in its <c>WITH</c> may have this told when the runs are not counted yet, or not any
    /// more.
    /// </remarks>
    private static (string Name, string Table, string Event, string Function) NotePhases(string what) =>
        ($"run_phase_metrics_{what}", "run_phase_metrics", what, TriggerFunction($"note_phases_{what}", $"""
            DECLARE
                is_of_uncounted_run boolean;
            BEGIN
                WITH changes AS MATERIALIZED (SELECT run_id, phase, iteration, outcome, duration_seconds, change FROM ({ChangesOf(what)}) AS rows),
                    locked AS MATERIALIZED ({LockFigures("SELECT run_id FROM changes")}),
                    sums AS ({FiguresOfPhases("changes")}),
                    figured AS (
                        UPDATE run_figures AS figures SET
                            total_seconds = figures.total_seconds + sums.total_seconds, verdicts = figures.verdicts + sums.verdicts,
                            first_approvals = figures.first_approvals + sums.first_approvals
                        FROM sums JOIN locked USING (run_id)
                        WHERE figures.run_id = sums.run_id AND (sums.total_seconds, sums.verdicts, sums.first_approvals) <> (0, 0, 0)),
                    noted AS (INSERT INTO uncounted_phases (series, outcome, seconds, change) {CellsOfPhases("changes", "locked")})
                SELECT (SELECT count(*) FROM sums) > (SELECT count(*) FROM locked) INTO is_of_uncounted_run;
                IF is_of_uncounted_run THEN
                    RAISE EXCEPTION 'phases of a run that is not counted' USING HINT =
                        'Store or delete a run and its phases by two statements, or the run alone; `runmetrics db rebuild` counts runs anew.';
                END IF;
                RETURN NULL;
            END
            """));

    private static (string Name, string Table, string Event, string Function) NoteFigures(string what) =>
        ($"run_figures_{what}", "run_figures", what, TriggerFunction($"note_figures_{what}", $"""
            BEGIN
                INSERT INTO uncounted_runs ({RunCells}, total_seconds, change) {CellsOfRuns($"({ChangesOf(what)}) AS rows")};
                RETURN NULL;
            END
            """));

    /// <summary>The rows that a statement has stored (1) and removed (-1).</summary>
    private static string ChangesOf(string what) => what switch
    {
        "insert" => "SELECT *, 1 AS change FROM new_rows",
        "update" => "SELECT *, 1 AS change FROM new_rows UNION ALL SELECT *, -1 FROM old_rows",
        _ => "SELECT *, -1 AS change FROM old_rows",
    };

    /// <remarks>Found by the names of where it was made, whatever the names of its caller mean.</remarks>
    private static string Function(string name, string result, string body) => $"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS {result} LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
        {body}
        $body$;
        """;

    private static string TriggerFunction(string name, string body) => Function(name, "trigger", body);

    private static string BodyOf(string function) => function.Split("$body$")[1];

    private static string NameOf(string function) => function["CREATE OR REPLACE FUNCTION ".Length..function.IndexOf("()", StringComparison.Ordinal)];

    /// <remarks>
    /// The cascade would delete the phases of a run only after all else that belongs to the deletion, when the run counts no more; so they go first.
    /// </remarks>
    private static string When(string what, string table) => what switch
    {
        "insert" => $"AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT",
        "update" => $"AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT",
        "delete" => $"AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT",
        "before delete" => $"BEFORE DELETE ON {table} FOR EACH ROW",
        _ => $"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
    };
}
