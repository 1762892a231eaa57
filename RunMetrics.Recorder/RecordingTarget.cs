using Microsoft.Extensions.Logging;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Data;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>
/// The store that runs are recorded to, with all that belongs to it: a database, or a client of a server with a spool in front of it.
/// </summary>
internal sealed class RecordingTarget : IRecorderTarget
{
    // What a server does not answer in this time it will not answer to the first fact either, which goes to the spool then.
    private static readonly TimeSpan WarmUpTimeout = TimeSpan.FromSeconds(1);

    private readonly Func<ValueTask> _close;
    private readonly LastWarning? _spoolLog;

    private RecordingTarget(
        IRunMetricsStore store, RunMetricsQueries? queries, string name, Func<ValueTask> close, LastWarning? spoolLog = null)
    {
        _spoolLog = spoolLog;
        Store = store;
        Queries = queries;
        Name = name;
        _close = close;
    }

    /// <summary>Where facts go, and where resumption reads what is recorded.</summary>
    public IRunMetricsStore Store { get; }

    /// <summary>Where answers come from; null for a server.</summary>
    public RunMetricsQueries? Queries { get; }

    /// <summary>The full path of the database file, or the address of a database or API server.</summary>
    public string Name { get; }

    /// <inheritdoc />
    public string? LastFailure => _spoolLog?.Message;

    /// <summary>Opens a database, made and brought to the schema of this version as needed, and prepares what the first fact needs.</summary>
    /// <exception cref="DatabaseRefusedException">The database cannot be used; it was not changed.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    public static async Task<RecordingTarget> OpenAsync(DatabaseLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        var database = await OpenedDatabase.OpenAsync(location, time, cancellationToken);
        try
        {
            await database.WarmUpAsync(cancellationToken);
        }
        catch
        {
            database.Dispose();
            throw;
        }

        return new RecordingTarget(database.Store, database.Queries, database.Name, () =>
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
    /// <param name="storeTimeout">The longest that a call of the recorder waits: facts are spooled before.</param>
    /// <exception cref="ArgumentException">The address cannot be used.</exception>
    public static RecordingTarget Open(Uri server, string? token, ILoggerFactory? loggers, TimeProvider time, TimeSpan storeTimeout)
    {
        var http = HttpRunMetricsStore.Create(server, client => client.BearerToken = MakeTokenSource(token), time);
        try
        {
            var options = new RunMetricsSpoolOptions
            {
                Folder = RunMetricsSpoolOptions.DefaultFolderOf(server),
                DeliveryTimeout = DeliveryTimeoutWithin(storeTimeout),
            };
            var log = new LastWarning(loggers?.CreateLogger<SpooledRunMetricsStore>());
            var spool = SpooledRunMetricsStore.Open(http, options, time, log);
            return new RecordingTarget(
                spool,
                queries: null,
                server.ToString(),
                async () =>
                {
                    await spool.DisposeAsync();
                    http.Dispose();
                },
                log);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>How long a call may wait for a server so that its facts are in the spool before the recorder gives up.</summary>
    public static TimeSpan DeliveryTimeoutWithin(TimeSpan storeTimeout) => storeTimeout / 2;

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

/// <summary>Keeps the last warning of a log, and passes everything on.</summary>
/// <param name="inner">Where it goes; null for nowhere else.</param>
internal sealed class LastWarning(ILogger<SpooledRunMetricsStore>? inner) : ILogger<SpooledRunMetricsStore>
{
    private string? _message;

    /// <summary>The last warning or worse; null without any.</summary>
    public string? Message => Volatile.Read(ref _message);

    /// <inheritdoc />
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner?.BeginScope(state);

    /// <inheritdoc />
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning || inner?.IsEnabled(logLevel) == true;

    /// <inheritdoc />
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
        {
            Volatile.Write(ref _message, formatter(state, exception));
        }

        inner?.Log(logLevel, eventId, state, exception, formatter);
    }
}
