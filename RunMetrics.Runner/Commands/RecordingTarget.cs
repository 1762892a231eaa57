using Microsoft.Extensions.Logging;
using RunMetrics.Data;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Intake;
using RunMetrics.Domain.Recording;
using RunMetrics.Domain.Summaries;

namespace RunMetrics.Runner.Commands;

/// <summary>Where a run is recorded: the one place that chooses a store.</summary>
internal sealed class RecordingTarget
{
    // A phase takes minutes; a store that is slow for seconds shall not lose its facts.
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(10);

    private readonly RunMetricsSqlite _database;
    private readonly DatabaseLocation _location;

    private RecordingTarget(RunMetricsSqlite database, DatabaseLocation location)
    {
        _database = database;
        _location = location;
    }

    /// <summary>Where facts go, and where resume reads what is recorded.</summary>
    public IRunMetricsStore Store => _database.Store;

    /// <summary>The full path of the database file.</summary>
    public string DatabaseFile => _location.FilePath;

    /// <summary>The connection string by which another program opens the same file.</summary>
    public string ConnectionString => _location.ConnectionString;

    /// <summary>Finds the database: <paramref name="file"/>, else the environment's connection string, else the user's default.</summary>
    /// <exception cref="DatabaseRefusedException">The environment's connection string cannot be read or names no file.</exception>
    public static DatabaseLocation Locate(string? file)
    {
        if (file is not null && string.IsNullOrWhiteSpace(file))
        {
            throw new RefusedException("--database is empty; name a file.");
        }

        return file is not null
            ? DatabaseLocation.ForFile(file)
            : DatabaseLocation.Resolve(Environment.GetEnvironmentVariable($"ConnectionStrings__{DatabaseLocation.ConnectionName}"));
    }

    /// <summary>Opens the database, creating it as needed.</summary>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    public static async Task<RecordingTarget> OpenAsync(DatabaseLocation location, TimeProvider time, CancellationToken cancellationToken) =>
        new(await RunMetricsSqlite.OpenAsync(location, time, cancellationToken), location);

    /// <summary>A recorder in front of the store.</summary>
    public RunMetricsRecorder MakeRecorder(TimeProvider time, ILogger<RunMetricsRecorder> logger) =>
        new(Store, time, logger, new RunMetricsRecorderOptions { StoreTimeout = StoreTimeout });

    /// <summary>The summary of a project; null when it has no run.</summary>
    public Task<RunMetricsSummary?> SummarizeAsync(string projectId, CancellationToken cancellationToken) =>
        _database.Queries.SummarizeAsync(projectId, recent: 10, cancellationToken);
}
