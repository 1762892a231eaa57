using Microsoft.Data.Sqlite;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>What writing is measured against: prepared statements of hand-written ADO.NET, no rule and no merge.</summary>
internal sealed class AdoNetWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<AdoNetTable, SqliteCommand> _inserts;
    private readonly SqliteCommand _closeMetric;

    /// <param name="connection">An open connection; it stays the caller's.</param>
    public AdoNetWriter(SqliteConnection connection)
    {
        _connection = connection;
        _inserts = new Dictionary<AdoNetTable, SqliteCommand>
        {
            [AdoNetTable.Runs] = connection.Prepare(
                "INSERT INTO runs (id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)", 7),
            [AdoNetTable.RunLabels] = connection.Prepare("INSERT INTO run_labels (run_id, name, value) VALUES ($1, $2, $3)", 3),
            [AdoNetTable.PhaseMetrics] = connection.Prepare(
                """
                INSERT INTO run_phase_metrics (id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                9),
        };
        _closeMetric = connection.Prepare(
            "UPDATE run_phase_metrics SET ended_at = $6, duration_seconds = $7, outcome = $8, metadata = $9 WHERE id = $1", 9);
    }

    /// <summary>Inserts rows in one transaction.</summary>
    public void Insert(IEnumerable<AdoNetRow> rows) => InTransaction(transaction =>
    {
        foreach (var row in rows)
        {
            Execute(_inserts[row.Table], row, transaction);
        }
    });

    /// <summary>Closes an open phase, in a transaction of its own.</summary>
    /// <param name="closed">The row as it shall be.</param>
    public void Close(AdoNetRow closed) => InTransaction(transaction => Execute(_closeMetric, closed, transaction));

    public void Dispose()
    {
        foreach (var insert in _inserts.Values)
        {
            insert.Dispose();
        }

        _closeMetric.Dispose();
    }

    private void InTransaction(Action<SqliteTransaction> write)
    {
        using var transaction = _connection.BeginTransaction();
        write(transaction);
        transaction.Commit();
    }

    private static void Execute(SqliteCommand command, AdoNetRow row, SqliteTransaction transaction)
    {
        command.Transaction = transaction;
        command.With(row.Values).ExecuteNonQuery();
    }
}
