using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Storage;

/// <summary>
/// Writes facts to SQLite. Reading what is known and writing what is new happen under one write lock, so that several processes may state the
/// same and different facts at once.
/// </summary>
internal sealed class SqliteRunMetricsStore(IDbContextFactory<RunMetricsDbContext> contexts, RunMetricsQueries queries) : IRunMetricsStore, IDisposable
{
    // Who waits for the connection gives the thread back; who waits for SQLite's lock does not.
    private readonly SemaphoreSlim _turn = new(1);
    private WriteConnection? _connection;
    private bool _isDisposed;

    /// <inheritdoc />
    public Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken) =>
        WriteAsync(
            (connection, transaction) =>
            {
                var merge = new FactMerge(connection, transaction);
                var results = batches.Select(merge.Apply).ToList();
                merge.Save();
                return (IReadOnlyList<IReadOnlyList<FactResult>>)[.. batches.Zip(results, merge.AddStored)];
            },
            cancellationToken);

    /// <summary>Writes a run with a phase and takes it back: connection, statements and code are ready for the first call.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.Run(
        () => WriteAsync(
            (connection, transaction) =>
            {
                var id = Guid.CreateVersion7().ToString();
                var run = new RunFact { Id = id, ProjectId = "p", WorkOrderId = "w", Status = RunStatus.Running.Name(), StartedAt = DateTimeOffset.UnixEpoch };
                var phase = new PhaseMetricFact { Id = id, RunId = id, Phase = RunPhase.Setup.Name(), StartedAt = DateTimeOffset.UnixEpoch };
                var merge = new FactMerge(connection, transaction);
                merge.Apply(new FactBatch([run, phase], ProjectAccess.All, DateTimeOffset.UnixEpoch));
                merge.Save();
                return true;
            },
            cancellationToken,
            commits: false),
        cancellationToken);

    /// <inheritdoc />
    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) =>
        await queries.FindRunAsync(runId, access, cancellationToken) is { } run
        && await queries.ListPhaseMetricsAsync(runId, access, cancellationToken) is { } phaseMetrics
            ? new RunHistory(run, phaseMetrics)
            : null;

    /// <inheritdoc />
    public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => WriteAsync(
        (connection, transaction) =>
        {
            if (connection.Runs.Find(runId, transaction) is not [var run] || !access.Allows(run.ProjectId))
            {
                return false;
            }

            connection.DeleteRun(runId, transaction);
            return true;
        },
        cancellationToken);

    /// <summary>Closes the connection. Harmless when repeated.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _isDisposed = true;
        CloseConnection();
        _turn.Release();
    }

    private async Task<T> WriteAsync<T>(
        Func<WriteConnection, SqliteTransaction, T> write, CancellationToken cancellationToken, bool commits = true)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            cancellationToken.ThrowIfCancellationRequested();
            _connection ??= WriteConnection.Open(contexts);
            using var transaction = _connection.BeginTransaction();
            var result = write(_connection, transaction);
            if (commits)
            {
                transaction.Commit();
            }

            return result;
        }
        catch (Exception exception)
        {
            // In which state it is nobody knows: the next call opens another.
            CloseConnection();
            if (SqliteFailure.FindUnavailability(exception) is { } reason)
            {
                throw new StoreUnavailableException(reason, exception);
            }

            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void CloseConnection()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
