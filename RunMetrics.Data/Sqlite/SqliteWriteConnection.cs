using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Sqlite;

/// <summary>The connection that writes, kept open with the statements that every fact needs.</summary>
internal sealed class SqliteWriteConnection : WriteConnection
{
    private readonly RunMetricsDbContext _context;
    private readonly SqliteCommand _sumDurations;
    private readonly SqliteCommand _deletePhaseMetrics;
    private readonly SqliteCommand _deleteRun;

    private SqliteWriteConnection(RunMetricsDbContext context)
    {
        _context = context;
        Connection = (SqliteConnection)context.Database.GetDbConnection();
        Runs = new SqliteEntityStatements<Run>(context.Model, Connection, nameof(Run.Id), ChangedRows.PropertiesOfRuns);
        Labels = new SqliteEntityStatements<RunLabel>(context.Model, Connection, nameof(RunLabel.RunId), []);
        PhaseMetrics = new SqliteEntityStatements<RunPhaseMetric>(
            context.Model, Connection, nameof(RunPhaseMetric.Id), ChangedRows.PropertiesOfPhaseMetrics);
        _sumDurations = Connection.CreateCommand();
        _sumDurations.CommandText = "SELECT coalesce(sum(duration_seconds), 0) FROM run_phase_metrics WHERE run_id = $run_id";
        _sumDurations.Parameters.Add(new SqliteParameter { ParameterName = "$run_id" });
        _deletePhaseMetrics = Connection.CreateCommand();
        _deletePhaseMetrics.CommandText = "DELETE FROM run_phase_metrics WHERE run_id = $run_id";
        _deletePhaseMetrics.Parameters.Add(new SqliteParameter { ParameterName = "$run_id" });
        _deleteRun = Connection.CreateCommand();
        _deleteRun.CommandText = "DELETE FROM runs WHERE id = $id";
        _deleteRun.Parameters.Add(new SqliteParameter { ParameterName = "$id" });
    }

    /// <summary>The connection.</summary>
    public SqliteConnection Connection { get; }

    private SqliteEntityStatements<Run> Runs { get; }

    private SqliteEntityStatements<RunLabel> Labels { get; }

    private SqliteEntityStatements<RunPhaseMetric> PhaseMetrics { get; }

    /// <summary>Opens it.</summary>
    public static SqliteWriteConnection Open(IDbContextFactory<RunMetricsDbContext> contexts)
    {
        var context = contexts.CreateDbContext();
        try
        {
            context.Database.OpenConnection();
            return new SqliteWriteConnection(context);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Takes the write lock, before anything is read: what is read stays true until the commit.</summary>
    /// <remarks>SQLite knows no waiting: who waits for its lock does not give the thread back.</remarks>
    public override ValueTask<WriteTransaction> BeginAsync(CancellationToken cancellationToken) => new(new Transaction(this, Connection.BeginTransaction()));

    /// <inheritdoc />
    public override void Dispose()
    {
        Runs.Dispose();
        Labels.Dispose();
        PhaseMetrics.Dispose();
        _sumDurations.Dispose();
        _deletePhaseMetrics.Dispose();
        _deleteRun.Dispose();
        _context.Dispose();
    }

    private sealed class Transaction(SqliteWriteConnection connection, SqliteTransaction transaction) : WriteTransaction
    {
        public override ValueTask<StoredRows> LoadAsync(WantedRows wanted, CancellationToken cancellationToken)
        {
            Run[] runs = [.. wanted.Runs.SelectMany(id => connection.Runs.Find(id, transaction))];
            var labelledRuns = runs.Select(run => run.Id).Intersect(wanted.LabelledRuns, StringComparer.Ordinal);
            return new(new StoredRows(
                runs,
                [.. labelledRuns.SelectMany(id => connection.Labels.Find(id, transaction))],
                [.. wanted.PhaseMetrics.SelectMany(id => connection.PhaseMetrics.Find(id, transaction))]));
        }

        public override ValueTask SaveAsync(ChangedRows changes, CancellationToken cancellationToken)
        {
            foreach (var run in changes.NewRuns)
            {
                connection.Runs.Insert(run, transaction);
            }

            foreach (var run in changes.ChangedRuns)
            {
                connection.Runs.Update(run, transaction);
            }

            foreach (var label in changes.NewLabels)
            {
                connection.Labels.Insert(label, transaction);
            }

            foreach (var metric in changes.NewPhaseMetrics)
            {
                connection.PhaseMetrics.Insert(metric, transaction);
            }

            foreach (var metric in changes.ChangedPhaseMetrics)
            {
                connection.PhaseMetrics.Update(metric, transaction);
            }

            return ValueTask.CompletedTask;
        }

        public override ValueTask<IReadOnlyDictionary<string, long>> SumDurationsAsync(
            IReadOnlyCollection<string> runIds, CancellationToken cancellationToken) =>
            new(runIds.ToDictionary(id => id, id => (long)Prepare(connection._sumDurations, id).ExecuteScalar()!, StringComparer.Ordinal));

        public override ValueTask<long> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
        {
            var phaseMetrics = 0L;
            foreach (var id in runIds)
            {
                phaseMetrics += Prepare(connection._deletePhaseMetrics, id).ExecuteNonQuery();
                Prepare(connection._deleteRun, id).ExecuteNonQuery();
            }

            return new(phaseMetrics);
        }

        public override ValueTask CommitAsync()
        {
            transaction.Commit();
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync() => transaction.DisposeAsync();

        private SqliteCommand Prepare(SqliteCommand command, string runId)
        {
            command.Transaction = transaction;
            command.Parameters[0].Value = runId;
            return command;
        }
    }
}
