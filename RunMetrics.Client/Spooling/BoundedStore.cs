using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A store whose writes are waited for only so long. A call that hangs may still succeed later, which is harmless, as its facts are written
/// again; but while one hangs no other is made, so that they do not pile up.
/// </summary>
internal sealed class BoundedStore(IRunMetricsStore store, TimeProvider time)
{
    private volatile Task _outlived = Task.CompletedTask;

    /// <summary>Writes facts.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer in time, or has not answered an earlier call yet.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, TimeSpan bound, CancellationToken cancellationToken)
    {
        if (!_outlived.IsCompleted)
        {
            throw new StoreUnavailableException("The store has not answered an earlier call yet.");
        }

        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // On another thread: SQLite waits for a lock without giving its thread back.
        var call = Task.Run(() => store.WriteAsync(batches, cancellation.Token), CancellationToken.None);
        try
        {
            return await call.WaitAsync(bound, time, cancellationToken);
        }
        catch (TimeoutException exception) when (!call.IsCompleted)
        {
            throw new StoreUnavailableException($"The store did not answer within {bound}.", exception);
        }
        finally
        {
            if (call.IsCompleted)
            {
                cancellation.Dispose();
            }
            else
            {
                _outlived = ForgetAsync(call, cancellation);
            }
        }
    }

    private static async Task ForgetAsync(Task call, CancellationTokenSource cancellation)
    {
        using (cancellation)
        {
            await cancellation.CancelAsync();
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
