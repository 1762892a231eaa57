using Microsoft.Extensions.Logging;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>Opens what a run is recorded to, and the recorder of the run.</summary>
internal static class RunRecorder
{
    // A phase takes minutes; a store that is slow for seconds shall not lose its facts.
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Opens a database, made as needed, or a server with a spool of its own in front of it.</summary>
    /// <exception cref="RefusedException">The address cannot be used, or the database cannot be written now.</exception>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    public static async Task<RecordingTarget> OpenAsync(RecordingLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return location.Server is { } server
                ? RecordingTarget.Open(server, ServerConnection.Token, new ErrorLoggers(Console.Error), time, StoreTimeout)
                : await RecordingTarget.OpenAsync(location.Database, time, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new RefusedException($"--server: {exception.Message}");
        }
        catch (StoreUnavailableException exception)
        {
            throw new RefusedException(exception.Message);
        }
    }

    /// <summary>A recorder in front of the store; what it fails at is a line of the error output.</summary>
    public static RunMetricsRecorder MakeRecorder(this RecordingTarget target, TimeProvider time) => new(
        target.Store,
        time,
        new ErrorLoggers(Console.Error).CreateLogger<RunMetricsRecorder>(),
        new RunMetricsRecorderOptions { StoreTimeout = StoreTimeout });
}

/// <summary>Writes warnings and worse as lines of the error output.</summary>
internal sealed class ErrorLoggers(TextWriter errors) : ILoggerFactory, ILogger
{
    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc />
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

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

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
