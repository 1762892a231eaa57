using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RunMetrics.Benchmarks;

/// <summary>What is measured against: prepared statements of hand-written ADO.NET, rows that are ready in memory, no rule and no merge.</summary>
internal sealed class AdoNetWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insertRun;
    private readonly SqliteCommand _insertMetric;
    private readonly SqliteCommand _closeMetric;

    public AdoNetWriter(string databaseFile)
    {
        _connection = new SqliteConnection($"Data Source={databaseFile}");
        _connection.Open();
        _insertRun = Prepare(
            "INSERT INTO runs (id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)", 7);
        _insertMetric = Prepare(
            "INSERT INTO run_phase_metrics (id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            9);
        _closeMetric = Prepare("UPDATE run_phase_metrics SET ended_at = $1, duration_seconds = $2, outcome = $3, metadata = $4 WHERE id = $5", 5);
    }

    /// <summary>Does all of it in one transaction.</summary>
    public void InTransaction(Action write)
    {
        using var transaction = _connection.BeginTransaction();
        _insertRun.Transaction = _insertMetric.Transaction = _closeMetric.Transaction = transaction;
        write();
        transaction.Commit();
    }

    public void InsertRun(string id, string status) =>
        Execute(_insertRun, id, "bench", "wo", status, 1, "2026-01-12T10:00:00.000Z", status == "running" ? DBNull.Value : "2026-01-12T10:30:00.000Z");

    public void InsertClosedPhase(string id, string runId, string phase) => Execute(
        _insertMetric, id, runId, phase, 1, "2026-01-12T10:00:00.000Z", "2026-01-12T10:04:30.000Z", 270, "success", """{"files_changed":3}""");

    public void InsertOpenPhase(string id, string runId, string phase) =>
        Execute(_insertMetric, id, runId, phase, 1, "2026-01-12T10:00:00.000Z", DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value);

    public void ClosePhase(string id) => Execute(_closeMetric, "2026-01-12T10:04:30.000Z", 270, "success", """{"files_changed":3}""", id);

    public void Dispose()
    {
        _insertRun.Dispose();
        _insertMetric.Dispose();
        _closeMetric.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the three above.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i}") });
        }

        return command;
    }

    private static void Execute(SqliteCommand command, params object[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }
}
