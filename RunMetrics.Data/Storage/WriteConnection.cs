using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Storage;

/// <summary>The connection that writes, kept open with the statements that every fact needs.</summary>
internal sealed class WriteConnection : IDisposable
{
    private readonly RunMetricsDbContext _context;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _sumDurations;
    private readonly SqliteCommand _deleteRun;

    private WriteConnection(RunMetricsDbContext context)
    {
        _context = context;
        _connection = (SqliteConnection)context.Database.GetDbConnection();
        Runs = new EntityStatements<Run>(
            context.Model, _connection, nameof(Run.Id), nameof(Run.Status), nameof(Run.Iteration), nameof(Run.EndedAt));
        Labels = new EntityStatements<RunLabel>(context.Model, _connection, nameof(RunLabel.RunId));
        PhaseMetrics = new EntityStatements<RunPhaseMetric>(
            context.Model,
            _connection,
            nameof(RunPhaseMetric.Id),
            nameof(RunPhaseMetric.EndedAt),
            nameof(RunPhaseMetric.DurationSeconds),
            nameof(RunPhaseMetric.Outcome),
            nameof(RunPhaseMetric.Metadata));
        _sumDurations = _connection.CreateCommand();
        _sumDurations.CommandText = "SELECT coalesce(sum(duration_seconds), 0) FROM run_phase_metrics WHERE run_id = $run_id";
        _sumDurations.Parameters.Add(new SqliteParameter { ParameterName = "$run_id" });
        _deleteRun = _connection.CreateCommand();
        _deleteRun.CommandText = "DELETE FROM runs WHERE id = $id";
        _deleteRun.Parameters.Add(new SqliteParameter { ParameterName = "$id" });
    }

    public EntityStatements<Run> Runs { get; }

    public EntityStatements<RunLabel> Labels { get; }

    public EntityStatements<RunPhaseMetric> PhaseMetrics { get; }

    public static WriteConnection Open(IDbContextFactory<RunMetricsDbContext> contexts)
    {
        var context = contexts.CreateDbContext();
        try
        {
            context.Database.OpenConnection();
            return new WriteConnection(context);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Takes the write lock, before anything is read: what is read stays true until the commit.</summary>
    public SqliteTransaction BeginTransaction() => _connection.BeginTransaction();

    /// <summary>The sum of every known duration of a run's phases, in seconds.</summary>
    public long SumDurations(string runId, SqliteTransaction transaction)
    {
        _sumDurations.Transaction = transaction;
        _sumDurations.Parameters[0].Value = runId;
        return (long)_sumDurations.ExecuteScalar()!;
    }

    /// <summary>Deletes a run and, by the cascade, its labels and phase metrics.</summary>
    public void DeleteRun(string runId, SqliteTransaction transaction)
    {
        _deleteRun.Transaction = transaction;
        _deleteRun.Parameters[0].Value = runId;
        _deleteRun.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Runs.Dispose();
        Labels.Dispose();
        PhaseMetrics.Dispose();
        _sumDurations.Dispose();
        _deleteRun.Dispose();
        _context.Dispose();
    }
}
