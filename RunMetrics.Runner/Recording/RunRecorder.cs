using Microsoft.Extensions.Logging;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Recording;

/// <summary>Opens what a run is recorded to, and the recorder of the run.</summary>
internal static class RunRecorder
{
    // A phase takes minutes; a store that is slow for seconds shall not lose its facts.
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Opens a database, made as needed, or a server with a spool of its own in front of it.</summary>
    /// <param name="location">What to open.</param>
    /// <param name="loggers">Where the spool logs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RefusedException">The address cannot be used, or the database cannot be written now.</exception>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    public static async Task<RecordingTarget> OpenAsync(
        RecordingLocation location, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return location.Server is { } server
                ? RecordingTarget.Open(server, ServerConnection.Token, loggers, time, StoreTimeout)
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

    /// <summary>A recorder in front of the store, of runs that belong to what this program was started for.</summary>
    public static RunMetricsRecorder MakeRecorder(this RecordingTarget target, RunTelemetry telemetry, TimeProvider time) => new(
        target.Store, time, telemetry.Loggers.CreateLogger<RunMetricsRecorder>(), new RunMetricsRecorderOptions { StoreTimeout = StoreTimeout })
    {
        Parent = telemetry.Parent,
    };
}
