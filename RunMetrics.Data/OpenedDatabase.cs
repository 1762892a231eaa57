using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data;

/// <summary>A database for a program without a host. Programs with one register it by <see cref="RunMetricsDataServices"/>.</summary>
public sealed class OpenedDatabase : IDisposable
{
    private readonly DatabaseProvider _provider;
    private readonly RunMetricsStore _store;

    private OpenedDatabase(DatabaseLocation location, DatabaseProvider provider, RunMetricsQueries queries, RunMetricsStore store)
    {
        Name = location.Name;
        Queries = queries;
        _provider = provider;
        _store = store;
    }

    /// <summary>What to call it to a person: the full path of a file, or an address without a password.</summary>
    public string Name { get; }

    /// <summary>Where facts go.</summary>
    public IRunMetricsStore Store => _store;

    /// <summary>Where answers come from.</summary>
    public RunMetricsQueries Queries { get; }

    /// <summary>Opens a database, creating a file and applying pending migrations as needed.</summary>
    /// <param name="location">The database.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">The database cannot be used; it was not changed.</exception>
    public static async Task<OpenedDatabase> OpenAsync(
        DatabaseLocation location, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var provider = location.CreateProvider();
        try
        {
            var contexts = provider.MakeContexts(_ => { });
            await provider.PrepareAsync(contexts, time ?? TimeProvider.System, cancellationToken);
            var queries = new RunMetricsQueries(provider, contexts);
            return new OpenedDatabase(location, provider, queries, new RunMetricsStore(provider, contexts, queries));
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    /// <summary>Prepares what the first fact needs, so that it takes no longer than any other. Stores nothing.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be written now.</exception>
    internal Task WarmUpAsync(CancellationToken cancellationToken) => _store.WarmUpAsync(cancellationToken);

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose()
    {
        _store.Dispose();
        Queries.Dispose();
        _provider.Dispose();
    }
}
