using System.Globalization;
using System.Numerics;
using CsCheck;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;
using static System.FormattableString;

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

    private SqliteTestDatabase _database = null!;
    private SqliteConnection[] _connections = null!;

    [SetUp]
    public async Task OpenConnectionsAsync()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        _connections = [.. Enumerable.Range(0, 4).Select(number =>
        {
            var connection = SqliteTestDatabase.OpenForeign(_database.FilePath);
            SqliteTestDatabase.Rows(connection, Invariant($"PRAGMA foreign_keys = {number & 1}; PRAGMA recursive_triggers = {number >> 1}; PRAGMA synchronous = OFF"));
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
        await RandomWrites.Steps.Array[1, 30].SampleAsync(
            async history =>
            {
                SqliteTestDatabase.Rows(_connections[0], "DELETE FROM runs; DELETE FROM run_phase_metrics");
                foreach (var step in history)
                {
                    await TakeAsync(step);

                    Stored().ShouldBe(Expected(), step.ToString());
                    steps++;
                }
            },
            iter: Samples.Of(50),
            print: history => string.Join('\n', history.Select(step => step.ToString())),
            threads: 1);
        await TestContext.Out.WriteLineAsync(Invariant($"{steps} steps"));
    }

    private async Task TakeAsync(WriteStep step)
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
                SqliteTestDatabase.Rows(connection, statement);
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
            .. Rows("project_counts", SqliteTestDatabase.Rows(_connections[0], "SELECT project_id, runs FROM project_counts WHERE runs <> 0")),
            .. tallies.Rows(),
            .. Rows("nothing", SqliteTestDatabase.Rows(_connections[0], $"""
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

    private IEnumerable<string[]> Read(string sql) => SqliteTestDatabase.Rows(_connections[0], sql).Select(row => row.Split('|'));

    private static BigInteger Number(string text) => BigInteger.Parse(text, CultureInfo.InvariantCulture);

    private static string Join(string[] columns) => string.Join('|', columns);

    private static IEnumerable<string> Rows(string table, IEnumerable<string> rows) => rows.Order(StringComparer.Ordinal).Select(row => $"{table}: {row}");

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
}
