using CsCheck;
using Npgsql;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Tests.Data.Schema;
using RunMetrics.Tests.Support;
using Shouldly;
using static System.FormattableString;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>
/// The tables of counts, with what is noted to be counted, against the rows that are there, after random histories of writing by foreign programs
/// on two connections and by the store. <c>CsCheck_Iter</c> makes the run longer.
/// </summary>
[NeedsPostgreSql]
public sealed class PostgreSqlCountsTests
{
    private static readonly Gen<string> Statements = Gen.Frequency(
        (4, RandomWrites.RunRows.Array[1, 3].Select(rows => $"INSERT INTO runs VALUES {RandomWrites.Tuples(rows)} ON CONFLICT DO NOTHING")),
        (2, RandomWrites.RunRows.Select(row => $"INSERT INTO runs VALUES ({row})")),
        (2, Gen.Select(RandomWrites.RunRows.Array[1, 2], RandomWrites.RunIds, (rows, id) =>
            $"""
            INSERT INTO runs VALUES {RandomWrites.Tuples(rows)} ON CONFLICT (id) DO UPDATE SET
                id = CASE WHEN excluded.iteration = 2 THEN '{id}' ELSE runs.id END, project_id = excluded.project_id,
                status = excluded.status, iteration = excluded.iteration, ended_at = excluded.ended_at
            """)),
        (1, Gen.Select(RandomWrites.RunRows, RandomWrites.MetricRows, (run, metric) =>
            $"WITH run AS (INSERT INTO runs VALUES ({run})) INSERT INTO run_phase_metrics VALUES ({metric})")),
        (1, Gen.Select(RandomWrites.MetricIds, RandomWrites.RunIds, (metric, run) =>
            $"WITH phase AS (DELETE FROM run_phase_metrics WHERE id = '{metric}' RETURNING run_id) DELETE FROM runs USING phase WHERE id IN (run_id, '{run}')")),
        (4, Gen.Select(RunChanges, RandomWrites.RunIds.Array[1, 3], (change, ids) => $"UPDATE runs SET {change} WHERE id IN ({RandomWrites.Quoted(ids)})")),
        (1, RunChanges.Select(change => $"UPDATE runs SET {change}")),
        (1, Gen.OneOf("+", "-").Select(sign => $"UPDATE runs SET id = 'r' || (substr(id, 2)::integer {sign} 1)")),
        (2, RandomWrites.RunIds.Array[1, 2].Select(ids => $"DELETE FROM runs WHERE id IN ({RandomWrites.Quoted(ids)})")),
        (8, RandomWrites.MetricRows.Array[1, 4].Select(rows => $"INSERT INTO run_phase_metrics VALUES {RandomWrites.Tuples(rows)} ON CONFLICT DO NOTHING")),
        (3, Gen.Select(RandomWrites.MetricRows.Array[1, 2], RandomWrites.MetricIds, (rows, id) =>
            $$"""
            INSERT INTO run_phase_metrics VALUES {{RandomWrites.Tuples(rows)}} ON CONFLICT (id) DO UPDATE SET
                id = CASE WHEN excluded.iteration = 2 THEN '{{id}}' ELSE run_phase_metrics.id END, metadata = '{}', run_id = excluded.run_id,
                phase = excluded.phase, ended_at = excluded.ended_at, duration_seconds = excluded.duration_seconds, outcome = excluded.outcome
            """)),
        (6, Gen.Select(MetricChanges, RandomWrites.MetricIds.Array[1, 3], (change, ids) =>
            $"UPDATE run_phase_metrics SET {change} WHERE id IN ({RandomWrites.Quoted(ids)})")),
        (1, MetricChanges.Select(change => $"UPDATE run_phase_metrics SET {change}")),
        (3, RandomWrites.MetricIds.Array[1, 2].Select(ids => $"DELETE FROM run_phase_metrics WHERE id IN ({RandomWrites.Quoted(ids)})")),
        (1, Gen.Const("DELETE FROM run_phase_metrics")),
        (2, RandomWrites.MetricRows.Array[1, 3].Select(rows => $"COPY run_phase_metrics FROM STDIN (FORMAT csv, NULL 'NULL', QUOTE '''')\n{CopyLines(rows)}")),
        (1, RandomWrites.RunRows.Array[1, 2].Select(rows => $"COPY runs FROM STDIN (FORMAT csv, NULL 'NULL', QUOTE '''')\n{CopyLines(rows)}")),
        (4, Gen.Const("SELECT count_changes()::text")));

    private static readonly Gen<WriteStep> Steps = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 1], Statements.Array[1, 1], (connection, statements) => new WriteStep(connection, statements, "", []))),
        (2, Gen.Select(Gen.Int[0, 1], Statements.Array[1, 4], Gen.OneOf("COMMIT", "ROLLBACK"), (connection, statements, end) => new WriteStep(connection, statements, end, []))),
        (2, RandomWrites.Facts.Array[1, 4].Select(facts => new WriteStep(0, [], "", facts))));

    private PostgreSqlTestDatabase _database = null!;
    private NpgsqlConnection[] _connections = null!;

    [SetUp]
    public async Task OpenConnectionsAsync()
    {
        _database = await PostgreSqlTestDatabase.CreateAsync();
        _connections = [Foreign.Open(_database.Target), Foreign.Open(_database.Target)];
        Foreign.Rows(_connections[1], "SET default_transaction_isolation = 'serializable'");
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
    public async Task Counts_after_any_history_of_writing_are_those_of_the_rows()
    {
        var (steps, rows) = (0, 0L);
        await Steps.Array[1, 30].SampleAsync(
            async history =>
            {
                Foreign.Rows(_connections[0], PostgreSqlTestDatabase.DeleteAll);
                foreach (var step in history)
                {
                    await TakeAsync(step);
                    steps++;
                }

                (await RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None)).ShouldBeEmpty();
                rows += Foreign.Rows(_connections[0], "SELECT * FROM run_phase_metrics").Count;
            },
            print: history => string.Join('\n', history.Select(step => step.ToString())),
            iter: Check.Iter == 100 ? 15 : Check.Iter,
            threads: 1);

        rows.ShouldBePositive("Histories that leave no row say nothing.");
        await TestContext.Out.WriteLineAsync(Invariant($"{steps} steps, {rows} phases left"));
    }

    [TestCase("WITH run AS (INSERT INTO runs VALUES ({0}) RETURNING id) INSERT INTO run_phase_metrics SELECT 'm2', id, {1} FROM run")]
    [TestCase("WITH run AS (INSERT INTO runs VALUES ({0})) INSERT INTO run_phase_metrics VALUES ('m2', 'r2', {1})")]
    [TestCase("WITH phase AS (DELETE FROM run_phase_metrics RETURNING run_id) DELETE FROM runs USING phase WHERE id = run_id")]
    [TestCase("WITH phase AS (DELETE FROM run_phase_metrics) DELETE FROM runs")]
    public async Task Counts_after_one_statement_about_a_run_and_its_phases_are_those_of_the_rows_or_it_is_refused(string statement)
    {
        const string Phase = "'builder', 1, '2026-01-12T10:00:00Z', '2026-01-12T11:00:00Z', 7, 'success', NULL";
        const string Run = "'bop', 'wo', 'running', 1, '2026-01-12T10:00:00Z', NULL";
        Foreign.Rows(_connections[0], $"INSERT INTO runs VALUES ('r1', {Run}); INSERT INTO run_phase_metrics VALUES ('m1', 'r1', {Phase})");

        var before = _database.Dump();

        try
        {
            // In which order its parts are done is the planner's matter.
            Foreign.Rows(_connections[0], string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, $"'r2', {Run}", Phase));
            _database.Dump().ShouldNotBe(before);
        }
        catch (PostgresException exception)
        {
            exception.SqlState.ShouldBeOneOf(PostgresErrorCodes.RaiseException, PostgresErrorCodes.TriggeredDataChangeViolation);
            _database.Dump().ShouldBe(before);
        }

        (await RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    private static Gen<string> RunChanges => RandomWrites.RunChanges.Where(change => !change.StartsWith("rowid", StringComparison.Ordinal));

    private static Gen<string> MetricChanges => RandomWrites.MetricChanges.Where(change => !change.StartsWith("rowid", StringComparison.Ordinal));

    private static string CopyLines(string[] rows) => string.Concat(rows.Select(row => row.Replace(", ", ",", StringComparison.Ordinal) + "\n"));

    private async Task TakeAsync(WriteStep step)
    {
        if (step.Facts.Length > 0)
        {
            await _database.Store.WriteAsync([.. step.Facts], CancellationToken.None);
            return;
        }

        var connection = _connections[step.Connection];
        string[] all = step.End.Length > 0 ? ["BEGIN", .. step.Statements, step.End] : step.Statements;
        foreach (var statement in all)
        {
            try
            {
                await ExecuteAsync(connection, statement);
            }
            catch (PostgresException exception) when (exception.SqlState[..2] is "23" or "21" or "25" or "27" or "P0")
            {
                // A constraint refused it, or one before it in the transaction, or it would change or delete something twice.
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        if (!statement.StartsWith("COPY", StringComparison.Ordinal))
        {
            Foreign.Rows(connection, statement);
            return;
        }

        var firstLineEnd = statement.IndexOf('\n', StringComparison.Ordinal);
        await using var copy = await connection.BeginTextImportAsync(statement[..firstLineEnd]);
        await copy.WriteAsync(statement[(firstLineEnd + 1)..]);
    }
}
