using Microsoft.Extensions.Logging;
using RunMetrics.Client.Spooling;
using RunMetrics.Data;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>Where a run is recorded: a database file, or a server with a spool in front of it.</summary>
internal sealed class RecordingTarget : IAsyncDisposable
{
    // A phase takes minutes; a store that is slow for seconds shall not lose its facts.
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(10);

    private readonly Func<ValueTask> _close;

    private RecordingTarget(IRunMetricsStore store, RunMetricsQueries? queries, string name, Func<ValueTask> close)
    {
        Store = store;
        Queries = queries;
        Name = name;
        _close = close;
    }

    /// <summary>Where facts go, and where resume reads what is recorded.</summary>
    public IRunMetricsStore Store { get; }

    /// <summary>Where answers come from; null for a server.</summary>
    public RunMetricsQueries? Queries { get; }

    /// <summary>The full path of the database file, or the address of the server.</summary>
    public string Name { get; }

    /// <summary>Opens it: a database, made as needed, or a server with a spool of its own in front of it.</summary>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    /// <exception cref="RefusedException">The address cannot be used.</exception>
    public static async Task<RecordingTarget> OpenAsync(RecordingLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        if (location.Server is { } server)
        {
            return OpenServer(server, time);
        }

        var database = await RunMetricsSqlite.OpenAsync(location.Database, time, cancellationToken);
        return new RecordingTarget(database.Store, database.Queries, database.FilePath, () =>
        {
            database.Dispose();
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>A recorder in front of the store; what it fails at is a line of the error output.</summary>
    public RunMetricsRecorder MakeRecorder(TimeProvider time) =>
        new(Store, time, new ErrorLogger<RunMetricsRecorder>(Console.Error), new RunMetricsRecorderOptions { StoreTimeout = StoreTimeout });

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _close();

    private static RecordingTarget OpenServer(Uri server, TimeProvider time)
    {
        var http = ServerConnection.OpenStore(server, time);
        var spool = SpooledRunMetricsStore.Open(
            http,
            new RunMetricsSpoolOptions { Folder = RunMetricsSpoolOptions.DefaultFolderOf(server) },
            time,
            new ErrorLogger<SpooledRunMetricsStore>(Console.Error));
        return new RecordingTarget(spool, queries: null, server.ToString(), async () =>
        {
            await spool.DisposeAsync();
            http.Dispose();
        });
    }
}

/// <summary>Writes warnings and worse as lines of the error output.</summary>
/// <typeparam name="T">Whose log it is.</typeparam>
internal sealed class ErrorLogger<T>(TextWriter errors) : ILogger<T>
{
    /// <inheritdoc />
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc />
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc />
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            errors.WriteLine(formatter(state, exception));
        }
    }
}
