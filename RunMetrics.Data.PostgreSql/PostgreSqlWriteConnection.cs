using System.Data;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.PostgreSql;

/// <summary>
/// Writes by few statements, each for all rows of a table, on a connection of the pool. <c>docs/decisions/0010-concurrent-writers.md</c> says how
/// writers on many machines keep out of each other's way.
/// </summary>
internal sealed class PostgreSqlWriteConnection(NpgsqlDataSource server, IModel model) : WriteConnection
{
    private readonly PostgreSqlEntityStatements<Run> _runs = new(model, nameof(Run.Id), ChangedRows.PropertiesOfRuns);
    private readonly PostgreSqlEntityStatements<RunLabel> _labels = new(model, nameof(RunLabel.RunId), []);
    private readonly PostgreSqlEntityStatements<RunPhaseMetric> _phaseMetrics = new(
        model, nameof(RunPhaseMetric.Id), ChangedRows.PropertiesOfPhaseMetrics);

    /// <inheritdoc />
    public override async ValueTask<WriteTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var connection = await server.OpenConnectionAsync(cancellationToken);
        try
        {
            return new Transaction(this, connection, await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        // Connections go back to the pool with each transaction.
    }

    private sealed class Transaction(PostgreSqlWriteConnection owner, NpgsqlConnection connection, NpgsqlTransaction transaction) : WriteTransaction
    {
        /// <remarks>
        /// Runs are locked in the order of their ids. Statements of a batch see what was committed before each of them began, so what belongs to the
        /// runs is read as it stands when they are locked.
        /// </remarks>
        public override async ValueTask<StoredRows> LoadAsync(WantedRows wanted, CancellationToken cancellationToken)
        {
            await using var batch = MakeBatch();
            batch.BatchCommands.Add(owner._runs.Find(wanted.Runs, "ORDER BY id FOR NO KEY UPDATE"));
            Find(owner._labels, wanted.LabelledRuns);
            Find(owner._phaseMetrics, wanted.PhaseMetrics);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var runs = await owner._runs.ReadAsync(reader, cancellationToken);
            var labels = await ReadNextAsync(owner._labels, wanted.LabelledRuns);
            return new StoredRows(runs, labels, await ReadNextAsync(owner._phaseMetrics, wanted.PhaseMetrics));

            // A statement that looks for nothing is planned and run nevertheless.
            void Find<TEntity>(PostgreSqlEntityStatements<TEntity> statements, IReadOnlyCollection<string> values)
                where TEntity : class
            {
                if (values.Count > 0)
                {
                    batch.BatchCommands.Add(statements.Find(values));
                }
            }

            async Task<IReadOnlyCollection<TEntity>> ReadNextAsync<TEntity>(PostgreSqlEntityStatements<TEntity> statements, IReadOnlyCollection<string> values)
                where TEntity : class
            {
                if (values.Count == 0)
                {
                    return [];
                }

                await reader.NextResultAsync(cancellationToken);
                return await statements.ReadAsync(reader, cancellationToken);
            }
        }

        public override async ValueTask SaveAsync(ChangedRows changes, CancellationToken cancellationToken)
        {
            await using var batch = MakeBatch();
            var inserted = new List<(NpgsqlBatchCommand Command, int Rows)>();
            Insert(owner._runs, [.. changes.NewRuns.OrderBy(run => run.Id, StringComparer.Ordinal)]);
            Update(owner._runs, changes.ChangedRuns);
            Insert(owner._labels, changes.NewLabels);
            Insert(owner._phaseMetrics, [.. changes.NewPhaseMetrics.OrderBy(metric => metric.Id, StringComparer.Ordinal)]);
            Update(owner._phaseMetrics, changes.ChangedPhaseMetrics);
            if (batch.BatchCommands.Count == 0)
            {
                return;
            }

            await batch.ExecuteNonQueryAsync(cancellationToken);
            if (inserted.Any(insert => insert.Command.RecordsAffected != insert.Rows))
            {
                throw new ConcurrentInsertException();
            }

            void Insert<TEntity>(PostgreSqlEntityStatements<TEntity> statements, IReadOnlyCollection<TEntity> entities)
                where TEntity : class
            {
                if (entities.Count > 0)
                {
                    var command = statements.Insert(entities);
                    batch.BatchCommands.Add(command);
                    inserted.Add((command, entities.Count));
                }
            }

            void Update<TEntity>(PostgreSqlEntityStatements<TEntity> statements, IReadOnlyCollection<TEntity> entities)
                where TEntity : class
            {
                if (entities.Count > 0)
                {
                    batch.BatchCommands.Add(statements.Update(entities));
                }
            }
        }

        public override async ValueTask<IReadOnlyDictionary<string, long>> SumDurationsAsync(
            IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
        {
            await using var command = new NpgsqlCommand("SELECT run_id, total_seconds FROM run_figures WHERE run_id = ANY($1)", connection, transaction)
            {
                Parameters = { new NpgsqlParameter { Value = runIds.ToArray() } },
            };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var seconds = new Dictionary<string, long>(StringComparer.Ordinal);
            while (await reader.ReadAsync(cancellationToken))
            {
                seconds.Add(reader.GetString(0), reader.GetInt64(1));
            }

            // Of ids that were refused nothing is stored.
            return runIds.ToDictionary(id => id, id => seconds.GetValueOrDefault(id), StringComparer.Ordinal);
        }

        public override async ValueTask<long> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
        {
            var ids = runIds.ToArray();
            await using var batch = MakeBatch();
            batch.BatchCommands.Add(Delete("DELETE FROM run_phase_metrics WHERE run_id = ANY($1)"));
            batch.BatchCommands.Add(Delete("DELETE FROM runs WHERE id = ANY($1)"));
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return batch.BatchCommands[0].RecordsAffected;

            NpgsqlBatchCommand Delete(string sql) => new(sql) { Parameters = { new NpgsqlParameter { Value = ids } } };
        }

        public override async ValueTask CommitAsync() => await transaction.CommitAsync();

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await transaction.DisposeAsync();
            }
            finally
            {
                await connection.DisposeAsync();
            }
        }

        private NpgsqlBatch MakeBatch() => new(connection, transaction);
    }
}
