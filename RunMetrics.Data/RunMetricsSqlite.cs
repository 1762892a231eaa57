using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using RunMetrics.Data.Context;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data;

/// <summary>A SQLite database for a program without a host. Programs with one register it by <see cref="RunMetricsDataServices"/>.</summary>
public sealed class RunMetricsSqlite : IDisposable
{
    private readonly SqliteRunMetricsStore _store;

    private RunMetricsSqlite(IDbContextFactory<RunMetricsDbContext> contexts, DatabaseLocation location)
    {
        FilePath = location.FilePath;
        Queries = new RunMetricsQueries(contexts);
        _store = new SqliteRunMetricsStore(contexts, Queries);
    }

    /// <summary>The full path of the database file.</summary>
    public string FilePath { get; }

    /// <summary>Where facts go.</summary>
    public IRunMetricsStore Store => _store;

    /// <summary>Where answers come from.</summary>
    public RunMetricsQueries Queries { get; }

    /// <summary>Opens a database, creating it and applying pending migrations as needed.</summary>
    /// <param name="location">The database file.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    public static async Task<RunMetricsSqlite> OpenAsync(
        DatabaseLocation location, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        time ??= TimeProvider.System;
        var options = new DbContextOptionsBuilder<RunMetricsDbContext>();
        options.UseDatabase(location.ConnectionString);
        var contexts = new PooledDbContextFactory<RunMetricsDbContext>(options.Options);
        await new RunMetricsDatabase(contexts, location, time).PrepareAsync(cancellationToken);
        return new RunMetricsSqlite(contexts, location);
    }

    /// <summary>Prepares what the first fact needs, so that it takes no longer than any other. Stores nothing.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    internal Task WarmUpAsync(CancellationToken cancellationToken) => _store.WarmUpAsync(cancellationToken);

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose()
    {
        _store.Dispose();
        Queries.Dispose();
    }
}
