using Microsoft.Extensions.Logging;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Data;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>The store that runs are recorded to, with all that belongs to it: a database, or a client of a server with a spool in front of it.</summary>
internal sealed class RecordingTarget : IAsyncDisposable
{
    // What a server does not answer in this time it will not answer to the first fact either, which goes to the spool then.
    private static readonly TimeSpan WarmUpTimeout = TimeSpan.FromSeconds(1);

    private readonly Func<ValueTask> _close;

    private RecordingTarget(IRunMetricsStore store, RunMetricsQueries? queries, string name, Func<ValueTask> close)
    {
        Store = store;
        Queries = queries;
        Name = name;
        _close = close;
    }

    /// <summary>Where facts go, and where resumption reads what is recorded.</summary>
    public IRunMetricsStore Store { get; }

    /// <summary>Where answers come from; null for a server.</summary>
    public RunMetricsQueries? Queries { get; }

    /// <summary>The full path of the database file, or the address of the server.</summary>
    public string Name { get; }

    /// <summary>Opens a database, made and brought to the schema of this version as needed, and prepares what the first fact needs.</summary>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    public static async Task<RecordingTarget> OpenAsync(DatabaseLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        var database = await RunMetricsSqlite.OpenAsync(location, time, cancellationToken);
        try
        {
            await Task.Run(() => database.WarmUpAsync(cancellationToken), cancellationToken);
        }
        catch
        {
            database.Dispose();
            throw;
        }

        return new RecordingTarget(database.Store, database.Queries, database.FilePath, () =>
        {
            database.Dispose();
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>Opens a server with a spool of its own in front of it. It need not answer.</summary>
    /// <param name="server">The address of the API.</param>
    /// <param name="token">The token for it; null or empty for none.</param>
    /// <param name="loggers">Where the spool logs; nowhere by default.</param>
    /// <param name="time">The clock.</param>
    /// <param name="deliveryTimeout">How long a call waits for the server before its facts are spooled; by default as long as a spool does.</param>
    /// <exception cref="ArgumentException">The address cannot be used.</exception>
    public static RecordingTarget Open(Uri server, string? token, ILoggerFactory? loggers, TimeProvider time, TimeSpan? deliveryTimeout = null)
    {
        var http = HttpRunMetricsStore.Create(server, client => client.BearerToken = MakeTokenSource(token), time);
        try
        {
            var options = new RunMetricsSpoolOptions { Folder = RunMetricsSpoolOptions.DefaultFolderOf(server) };
            options.DeliveryTimeout = deliveryTimeout ?? options.DeliveryTimeout;
            var spool = SpooledRunMetricsStore.Open(http, options, time, loggers?.CreateLogger<SpooledRunMetricsStore>());
            return new RecordingTarget(spool, queries: null, server.ToString(), async () =>
            {
                await spool.DisposeAsync();
                http.Dispose();
            });
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>Where a client takes a token from that does not change; null for none.</summary>
    public static Func<CancellationToken, ValueTask<string?>>? MakeTokenSource(string? token) =>
        string.IsNullOrEmpty(token) ? null : _ => ValueTask.FromResult<string?>(token);

    /// <summary>Opens the connection to a server before the first fact needs it. Throws nothing but for cancellation.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Store.FindRunAsync("-", ProjectAccess.All, cancellationToken).WaitAsync(WarmUpTimeout, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The first fact will be told the same, or be spooled.
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _close();
}
