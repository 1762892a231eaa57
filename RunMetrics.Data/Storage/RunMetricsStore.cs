using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Storage;

/// <summary>
/// Writes facts to a database. Reading what is known and writing what is new happen in one transaction, so that several processes may state the same
/// and different facts at once.
/// </summary>
internal sealed class RunMetricsStore(DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts, RunMetricsQueries queries)
    : IRunMetricsStore, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly RetriedTransactions _transactions = new(provider, contexts);
    private bool _isDisposed;

    /// <inheritdoc />
    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        var (results, committed) = await WriteAsync(
            transaction => FactMerge.MergeAsync(batches, transaction, cancellationToken), commits: true, cancellationToken);
        committed();
        return results;
    }

    /// <summary>Writes a run with a phase and takes it back: connection, statements and code are ready for the first call.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    public Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7().ToString();
        var run = new RunFact { Id = id, ProjectId = id, WorkOrderId = "w", Status = RunStatus.Running.Name(), StartedAt = DateTimeOffset.UnixEpoch };
        var phase = new PhaseMetricFact { Id = id, RunId = id, Phase = RunPhase.Setup.Name(), StartedAt = DateTimeOffset.UnixEpoch };
        var batch = new FactBatch([run, phase], ProjectAccess.All, DateTimeOffset.UnixEpoch);
        return Task.Run(
            () => WriteAsync(transaction => FactMerge.MergeAsync([batch], transaction, cancellationToken), commits: false, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc />
    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) =>
        await queries.FindRunAsync(runId, access, cancellationToken) is { } run
        && await queries.ListPhaseMetricsAsync(runId, access, cancellationToken) is { } phaseMetrics
            ? new RunHistory(run, phaseMetrics)
            : null;

    /// <inheritdoc />
    public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        var wanted = new WantedRows(Runs: [runId], LabelledRuns: [], PhaseMetrics: []);
        return WriteAsync(
            async transaction =>
            {
                var stored = await transaction.LoadAsync(wanted, cancellationToken);
                var exists = stored.Runs.Any(run => access.Allows(run.ProjectId));
                if (exists)
                {
                    await transaction.DeleteRunsAsync([runId], cancellationToken);
                }

                return exists;
            },
            commits: true,
            cancellationToken);
    }

    /// <summary>Closes the connection. Harmless when repeated.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _isDisposed = true;
        _transactions.Dispose();
        _turn.Release();
    }

    private async Task<T> WriteAsync<T>(Func<WriteTransaction, Task<T>> writeAsync, bool commits, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await _transactions.WriteAsync(writeAsync, commits, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }
}
