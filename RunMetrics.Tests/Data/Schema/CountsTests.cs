using System.Globalization;
using System.Numerics;
using CsCheck;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Schema;

/// <summary>
/// The tables of counts against what the definitions say of the rows that are there, after every step of random histories of writing: by the
/// store, and by connections with foreign keys and recursive triggers on and off, in every way in which SQLite inserts, replaces, updates and
/// deletes. <c>CsCheck_Iter</c> makes the run longer, by some fifteen steps each.
/// </summary>
public sealed class CountsTests
{
    private const string Null = "NULL";
    private const string Outcomes = "open, success, failed, changes_requested, approved, skipped";
    private const string RunCells = "project, status, iteration, has_verdict, is_approved_at_first";

    private static readonly string[] AllPhases = ["setup", "builder", "test", "reviewer", "merge"];

    private static readonly Gen<string> RunIds = Gen.Int[0, 4].Select(number => Invariant($"r{number}"));
    private static readonly Gen<string> MetricIds = Gen.Int[0, 7].Select(number => Invariant($"m{number}"));
    private static readonly Gen<string> Projects = Gen.OneOf("a", "b");
    private static readonly Gen<int> Iterations = Gen.Frequency((6, Gen.Int[1, 3]), (2, Gen.Int[10, 12]), (1, Gen.Const(int.MaxValue)));
    private static readonly Gen<int> Durations = Gen.Frequency(
        (3, Gen.Int[0, 3]), (3, Gen.OneOf(63, 64, 65, 4095, 4096, 262_143, 262_144, 1 << 24, 1 << 30, int.MaxValue)), (2, Gen.Int[0, 40_000]));

    private static readonly Gen<string> Ways = Gen.Frequency(
        (4, "INSERT"), (3, "REPLACE"), (2, "INSERT OR IGNORE"), (1, "INSERT OR FAIL"), (1, "INSERT OR ROLLBACK"), (1, "INSERT OR ABORT"));

    private static readonly Gen<string> UpdateWays = Gen.Frequency((4, "UPDATE"), (2, "UPDATE OR REPLACE"), (1, "UPDATE OR IGNORE"), (1, "UPDATE OR FAIL"));

    private static readonly Gen<string> RunRows =
        from id in RunIds
        from project in Projects
        from status in Statuses
        from iteration in Iterations
        select Invariant($"'{id}', '{project}', 'wo-1', {status.Status}, {iteration}, '2026-01-12T10:00:00.000Z', {status.EndedAt}");

    private static readonly Gen<string> MetricRows =
        from id in MetricIds
        from runId in RunIds
        from iteration in Iterations
        from end in Ends
        from phase in Phases
        select Invariant($"'{id}', '{runId}', '{(end.IsVerdict ? "reviewer" : phase)}', {iteration}, '2026-01-12T10:00:00.000Z', {end.Columns}, NULL");

    private static readonly Gen<string> Statements = Gen.Frequency(
        (3, Gen.Select(Ways, RunRows.Array[1, 2], (way, rows) => $"{way} INTO runs VALUES {Tuples(rows)}")),
        (1, Gen.Select(Ways, Gen.Int[-1, 5], RunRows, (way, rowid, row) =>
            Invariant($"{way} INTO runs (rowid, id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES ({rowid}, {row})"))),
        (1, Gen.Select(RunRows, RunIds, (row, id) =>
            $"""
            INSERT INTO runs VALUES ({row}) ON CONFLICT (id) DO UPDATE SET id = iif(excluded.iteration = 2, '{id}', id), project_id = excluded.project_id,
                status = excluded.status, iteration = excluded.iteration, ended_at = excluded.ended_at
            """)),
        (4, Gen.Select(UpdateWays, RunChanges, RunIds.Array[1, 3], (way, change, ids) => $"{way} runs SET {change} WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Select(UpdateWays, RunChanges, (way, change) => $"{way} runs SET {change}")),
        (2, RunIds.Array[1, 2].Select(ids => $"DELETE FROM runs WHERE id IN ({Quoted(ids)})")),
        (8, Gen.Select(Ways, MetricRows.Array[1, 3], (way, rows) => $"{way} INTO run_phase_metrics VALUES {Tuples(rows)}")),
        (2, Gen.Select(Ways, Gen.Int[-1, 8], MetricRows, (way, rowid, row) => Invariant(
            $"""
            {way} INTO run_phase_metrics (rowid, id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata)
            VALUES ({rowid}, {row})
            """))),
        (2, Gen.Select(MetricRows, MetricIds, (row, id) =>
            $$"""
            INSERT INTO run_phase_metrics VALUES ({{row}}) ON CONFLICT (id) DO UPDATE SET id = iif(excluded.iteration = 2, '{{id}}', id), metadata = '{}',
                run_id = excluded.run_id, ended_at = excluded.ended_at, duration_seconds = excluded.duration_seconds, outcome = excluded.outcome
            """)),
        (6, Gen.Select(UpdateWays, MetricChanges, MetricIds.Array[1, 3], (way, change, ids) =>
            $"{way} run_phase_metrics SET {change} WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Select(UpdateWays, MetricChanges, (way, change) => $"{way} run_phase_metrics SET {change}")),
        (3, MetricIds.Array[1, 2].Select(ids => $"DELETE FROM run_phase_metrics WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Const("DELETE FROM run_phase_metrics")),
        (3, Gen.Const("INSERT INTO counting VALUES (NULL)")));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 3], Statements.Array[1, 1], (connection, statements) => new Step(connection, statements, "", []))),
        (2, Gen.Select(Gen.Int[0, 3], Statements.Array[1, 4], Gen.OneOf("COMMIT", "ROLLBACK"), (connection, statements, end) => new Step(connection, statements, end, []))),
        (2, Facts.Array[1, 4].Select(facts => new Step(0, [], "", facts))));

    private TestDatabase _database = null!;
    private SqliteConnection[] _connections = null!;

    private static Gen<(string Status, string EndedAt)> Statuses =>
        Gen.OneOf("running", "succeeded", "failed", "cancelled").Select(status => ($"'{status}'", status == "running" ? "NULL" : "'2026-01-12T11:00:00.000Z'"));

    private static Gen<string> Phases => Gen.OneOf("setup", "builder", "reviewer");

    private static Gen<(string Columns, bool IsVerdict)> Ends => Gen.Select(
        Gen.OneOf(null, "success", "failed", "skipped", "approved", "approved", "changes_requested"),
        Gen.Bool,
        Durations,
        (outcome, isKnown, seconds) => (
            outcome is null ? "NULL, NULL, NULL" : isKnown ? Invariant($"'2026-01-12T11:00:00.000Z', {seconds}, '{outcome}'") : $"NULL, NULL, '{outcome}'",
            outcome is "approved" or "changes_requested"));

    private static Gen<string> RunChanges => Gen.OneOf(
        Projects.Select(project => $"project_id = '{project}'"),
        Statuses.Select(status => $"status = {status.Status}, ended_at = {status.EndedAt}"),
        Iterations.Select(iteration => Invariant($"iteration = {iteration}")),
        RunIds.Select(id => $"id = '{id}'"),
        Gen.Int[-1, 5].Select(rowid => Invariant($"rowid = {rowid}")),
        Gen.Select(RunIds, Projects, (id, project) => $"id = '{id}', project_id = '{project}'"),
        Gen.Const("work_order_id = 'wo-2'"));

    private static Gen<string> MetricChanges => Gen.OneOf(
        RunIds.Select(id => $"run_id = '{id}'"),
        Phases.Select(phase => $"phase = '{phase}'"),
        Iterations.Select(iteration => Invariant($"iteration = {iteration}")),
        Ends.Select(end => $"(ended_at, duration_seconds, outcome) = ({end.Columns})"),
        Ends.Select(end => $"phase = 'reviewer', (ended_at, duration_seconds, outcome) = ({end.Columns})"),
        MetricIds.Select(id => $"id = '{id}'"),
        Gen.Int[-1, 8].Select(rowid => Invariant($"rowid = {rowid}")),
        Gen.Select(MetricIds, RunIds, (id, runId) => $"id = '{id}', run_id = '{runId}'"),
        Gen.Const("metadata = '{}'"));

    private static Gen<Fact> Facts => Gen.Frequency(
        (1,
            from id in RunIds
            from project in Projects
            from status in Gen.OneOf("running", "succeeded", "failed")
            select (Fact)new RunFact
            {
                Id = id,
                ProjectId = project,
                WorkOrderId = "wo-1",
                Status = status,
                StartedAt = SampleFacts.Start,
                EndedAt = status == "running" ? null : SampleFacts.Start.AddHours(1),
            }),
        (2,
            from id in MetricIds
            from runId in RunIds
            from phase in Phases
            from iteration in Gen.Int[1, 12]
            from outcome in Gen.OneOf(null, "success", "skipped")
            from seconds in Durations
            from isKnown in Gen.Bool
            select (Fact)new PhaseMetricFact
            {
                Id = id,
                RunId = runId,
                Phase = phase,
                Iteration = iteration,
                StartedAt = SampleFacts.Start,
                EndedAt = outcome is not null && isKnown ? SampleFacts.Start.AddMinutes(1) : null,
                DurationSeconds = outcome is not null && isKnown ? seconds : null,
                Outcome = outcome,
            }));

    [SetUp]
    public async Task OpenConnectionsAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _connections = [.. Enumerable.Range(0, 4).Select(number =>
        {
            var connection = TestDatabase.OpenForeign(_database.FilePath);
            TestDatabase.Rows(connection, Invariant($"PRAGMA foreign_keys = {number & 1}; PRAGMA recursive_triggers = {number >> 1}; PRAGMA synchronous = OFF"));
            return connection;
        })];
    }

    [TearDown]
    public async Task CloseConnectionsAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _database.DisposeAsync();
    }

    [Test]
    public async Task Counts_after_every_step_of_any_history_of_writing_are_those_of_the_rows()
    {
        var steps = 0;
        await Steps.Array[1, 30].SampleAsync(
            async history =>
            {
                TestDatabase.Rows(_connections[0], "DELETE FROM runs; DELETE FROM run_phase_metrics");
                foreach (var step in history)
                {
                    await TakeAsync(step);

                    Stored().ShouldBe(Expected(), step.ToString());
                    steps++;
                }
            },
            print: history => string.Join('\n', history.Select(step => step.ToString())),
            threads: 1);
        await TestContext.Out.WriteLineAsync(Invariant($"{steps} steps"));
    }

    private async Task TakeAsync(Step step)
    {
        if (step.Facts.Length > 0)
        {
            await _database.Store.WriteAsync([.. step.Facts], CancellationToken.None);
            return;
        }

        var connection = _connections[step.Connection];
        string[] all = step.End.Length > 0 ? ["BEGIN IMMEDIATE", .. step.Statements, step.End] : step.Statements;
        foreach (var statement in all)
        {
            try
            {
                TestDatabase.Rows(connection, statement);
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == 19 || statement == step.End)
            {
                // A constraint refused the statement, or it has ended the transaction.
            }
        }
    }

    /// <summary>What is counted, together with what is noted to be counted.</summary>
    private List<string> Stored()
    {
        var tallies = new Tallies();
        var projects = Read("SELECT project, project_id FROM project_counts").Append(["0", ""]).ToDictionary(row => row[0], row => row[1], StringComparer.Ordinal);
        AddCounts(tallies, projects);
        AddChanges(tallies, projects);
        return
        [
            .. Rows("run_figures", Read("SELECT run_id, project, status, iteration, total_seconds, verdicts, first_approvals FROM run_figures")
                .Select(row => Join([row[0], projects[row[1]], .. row[2..]]))),
            .. Rows("project_counts", TestDatabase.Rows(_connections[0], "SELECT project_id, runs FROM project_counts WHERE runs <> 0")),
            .. tallies.Rows(),
            .. Rows("nothing", TestDatabase.Rows(_connections[0], $"""
                SELECT 'run', * FROM run_counts WHERE runs = 0
                UNION ALL
                SELECT 'phase', series, 0, 0, 0, 0, 0 FROM phase_counts WHERE ({Outcomes}, durations) IN (VALUES (0, 0, 0, 0, 0, 0, 0))
                UNION ALL
                SELECT 'duration', series, node, digit, 0, 0, 0 FROM duration_counts
                WHERE durations = 0 OR series NOT IN (SELECT series FROM phase_counts)
                """)),
        ];
    }

    private void AddCounts(Tallies tallies, Dictionary<string, string> projects)
    {
        foreach (var row in Read($"SELECT {RunCells}, runs FROM run_counts"))
        {
            tallies.Runs.Add(Join([projects[row[0]], .. row[1..5]]), Number(row[5]));
        }

        foreach (var row in Read($"SELECT series, durations, total_seconds, squares_0, squares_32, squares_62, {Outcomes} FROM phase_counts"))
        {
            var series = Join(SeriesOf(row[0], projects));
            tallies.Phases.Add(Join([series, "durations"]), Number(row[1]));
            tallies.Phases.Add(Join([series, "seconds"]), Number(row[2]));
            tallies.Phases.Add(Join([series, "squares"]), Number(row[3]) + (Number(row[4]) << 32) + (Number(row[5]) << 62));
            foreach (var (outcome, count) in Outcomes.Split(", ").Zip(row[6..]))
            {
                tallies.Phases.Add(Join([series, outcome]), Number(count));
            }
        }

        foreach (var row in Read("SELECT series, node, digit, durations FROM duration_counts"))
        {
            tallies.Digits.Add(Join([.. SeriesOf(row[0], projects), .. row[1..3]]), Number(row[3]));
        }
    }

    private void AddChanges(Tallies tallies, Dictionary<string, string> projects)
    {
        foreach (var row in Read("SELECT series, outcome, seconds, change FROM uncounted_phases WHERE series IS NOT NULL"))
        {
            var series = SeriesOf(row[0], projects);
            tallies.AddPhase(series[0], series[1], series[2], row[1], row[2], Number(row[3]));
        }

        foreach (var row in Read($"""
            SELECT {RunCells}, total_seconds, -1 FROM uncounted_runs WHERE project IS NOT NULL
            UNION ALL
            SELECT new_project, new_status, new_iteration, new_has_verdict, new_is_approved_at_first, new_total_seconds, 1 FROM uncounted_runs
            WHERE new_project IS NOT NULL
            """))
        {
            tallies.AddRun([projects[row[0]], .. row[1..5]], row[5], Number(row[6]));
        }
    }

    private List<string> Expected()
    {
        var metrics = Read("SELECT run_id, phase, iteration, outcome, duration_seconds FROM run_phase_metrics").ToLookup(row => row[0], StringComparer.Ordinal);
        var figures = Read("SELECT id, project_id, status, iteration FROM runs")
            .Select(run => (
                Run: run,
                Seconds: metrics[run[0]].Where(metric => metric[4] != Null).Sum(metric => long.Parse(metric[4], CultureInfo.InvariantCulture)),
                Verdicts: metrics[run[0]].Count(metric => metric[3] is "approved" or "changes_requested"),
                FirstApprovals: metrics[run[0]].Count(metric => metric[3] == "approved" && metric[2] == "1")))
            .ToList();
        var tallies = new Tallies();
        foreach (var (run, seconds, verdicts, firstApprovals) in figures)
        {
            tallies.AddRun([.. run[1..], verdicts > 0 ? "1" : "0", firstApprovals > 0 ? "1" : "0"], Invariant($"{seconds}"), 1);
            foreach (var metric in metrics[run[0]])
            {
                tallies.AddPhase(run[1], metric[1], metric[2], metric[3], metric[3] == "skipped" ? Null : metric[4], 1);
            }
        }

        return
        [
            .. Rows("run_figures", figures.Select(one => Invariant($"{Join(one.Run)}|{one.Seconds}|{one.Verdicts}|{one.FirstApprovals}"))),
            .. Rows("project_counts", figures.GroupBy(one => one.Run[1], StringComparer.Ordinal).Select(project => Invariant($"{project.Key}|{project.Count()}"))),
            .. tallies.Rows(),
        ];
    }

    private static string[] SeriesOf(string number, Dictionary<string, string> projects)
    {
        var (project, series) = Math.DivRem(int.Parse(number, CultureInfo.InvariantCulture), 64);
        var projectId = projects[Invariant($"{project}")];
        return series == 0 ? [projectId, "", "0"] : [projectId, AllPhases[(series - 1) / 11], Invariant($"{((series - 1) % 11) + 1}")];
    }

    private IEnumerable<string[]> Read(string sql) => TestDatabase.Rows(_connections[0], sql).Select(row => row.Split('|'));

    private static BigInteger Number(string text) => BigInteger.Parse(text, CultureInfo.InvariantCulture);

    private static string Join(string[] columns) => string.Join('|', columns);

    private static IEnumerable<string> Rows(string table, IEnumerable<string> rows) => rows.Order(StringComparer.Ordinal).Select(row => $"{table}: {row}");

    private static string Tuples(string[] rows) => string.Join(", ", rows.Select(row => $"({row})"));

    private static string Quoted(string[] ids) => string.Join(", ", ids.Select(id => $"'{id}'"));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Figures by their key.</summary>
    private sealed class Tally
    {
        private readonly Dictionary<string, BigInteger> _figures = new(StringComparer.Ordinal);

        public void Add(string key, BigInteger change) => _figures[key] = _figures.GetValueOrDefault(key) + change;

        public IEnumerable<string> Rows() => _figures.Where(figure => !figure.Value.IsZero).Select(figure => $"{figure.Key}|{figure.Value}");
    }

    /// <summary>All that is counted, as the definitions say.</summary>
    private sealed class Tallies
    {
        public Tally Runs { get; } = new();

        public Tally Phases { get; } = new();

        public Tally Digits { get; } = new();

        public IEnumerable<string> Rows() =>
            [.. CountsTests.Rows("runs", Runs.Rows()), .. CountsTests.Rows("phases", Phases.Rows()), .. CountsTests.Rows("digits", Digits.Rows())];

        public void AddRun(string[] cell, string seconds, BigInteger change)
        {
            foreach (var project in new[] { cell[0], "" })
            {
                Runs.Add(Join([project, .. cell[1..]]), change);
                if (cell[1] != "running")
                {
                    AddDuration(Join([project, "", "0"]), seconds, change);
                }
            }
        }

        public void AddPhase(string projectId, string phase, string iteration, string outcome, string seconds, BigInteger change)
        {
            foreach (var project in new[] { projectId, "" })
            {
                var series = Join([project, phase, iteration.Length == 1 || iteration == "10" ? iteration : "11"]);
                Phases.Add(Join([series, outcome == Null ? "open" : outcome]), change);
                if (seconds != Null)
                {
                    AddDuration(series, seconds, change);
                }
            }
        }

        private void AddDuration(string series, string seconds, BigInteger change)
        {
            Phases.Add(Join([series, "durations"]), change);
            Phases.Add(Join([series, "seconds"]), change * Number(seconds));
            Phases.Add(Join([series, "squares"]), change * Number(seconds) * Number(seconds));
            var rest = Number(seconds);
            for (var level = 0; level == 0 || rest > 0; level++)
            {
                Digits.Add(Invariant($"{series}|{((rest / 64) * 16) + level}|{rest % 64}"), change);
                rest /= 64;
            }
        }
    }

    /// <summary>Statements by a connection, in a transaction if it has an end, or facts by the store.</summary>
    private sealed record Step(int Connection, string[] Statements, string End, Fact[] Facts)
    {
        public override string ToString() => Facts.Length > 0
            ? $"store: {string.Join("; ", Facts.Select(fact => fact.ToString()))}"
            : Invariant($"connection {Connection}: {string.Join("; ", Statements)} {End}");
    }
}
