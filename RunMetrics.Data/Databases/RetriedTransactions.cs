using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Databases;

/// <summary>Transactions that write, each begun anew when others spoil it. Only one caller uses them at a time; disposing closes their connection.</summary>
/// <param name="provider">Whose database it is.</param>
/// <param name="contexts">Makes the contexts.</param>
internal sealed class RetriedTransactions(DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts) : IDisposable
{
    /// <summary>How often a transaction is begun that others spoil; each time it has waited for one of them at least.</summary>
    private const int MaxAttempts = 8;

    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(50);

    private WriteConnection? _connection;

    /// <summary>Writes in one transaction.</summary>
    /// <param name="writeAsync">Reads and writes; may be called more than once.</param>
    /// <param name="commits">False to take back what was written.</param>
    /// <param name="cancellationToken">Ends the call; nothing was written then.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    public async Task<T> WriteAsync<T>(Func<WriteTransaction, Task<T>> writeAsync, bool commits, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await WriteOnceAsync(writeAsync, commits, cancellationToken);
            }
            catch (Exception exception) when (attempt < MaxAttempts && provider.IsTransient(exception))
            {
                // Those who met shall not meet again.
                await Task.Delay(MaxPause * Random.Shared.NextDouble(), cancellationToken);
            }
            catch (Exception exception) when (provider.FindUnavailability(exception) is { } reason)
            {
                throw new StoreUnavailableException(reason, exception);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private async Task<T> WriteOnceAsync<T>(Func<WriteTransaction, Task<T>> writeAsync, bool commits, CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= provider.OpenForWriting(contexts);
            await using var transaction = await _connection.BeginAsync(cancellationToken);
            var result = await writeAsync(transaction);
            if (commits)
            {
                await transaction.CommitAsync();
            }

            return result;
        }
        catch
        {
            // In which state it is nobody knows: the next call opens another.
            Dispose();
            throw;
        }
    }
}
