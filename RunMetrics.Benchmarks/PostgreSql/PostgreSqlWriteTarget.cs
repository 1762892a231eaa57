using Npgsql;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Benchmarks.Writes;
using RunMetrics.Data;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>A database that facts go to on every way in: over HTTP, through the store, by hand-written Npgsql.</summary>
internal sealed class PostgreSqlWriteTarget : IAsyncDisposable
{
    private readonly ApiProcess _api;
    private readonly OpenedDatabase _opened;
    private readonly NpgsqlDataSource _database;

    private PostgreSqlWriteTarget(ApiProcess api, OpenedDatabase opened, NpgsqlDataSource database)
    {
        _api = api;
        _opened = opened;
        _database = database;
    }

    /// <summary>Opens a database of the newest schema.</summary>
    public static async Task<PostgreSqlWriteTarget> OpenAsync(string connectionString) => new(
        await ApiProcess.StartAsync(connectionString),
        await OpenedDatabase.OpenAsync(PostgreSqlHistory.Locate(connectionString)),
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }));

    /// <summary>Records phases one by one over HTTP.</summary>
    /// <returns>Facts a second.</returns>
    public Task<double> PostAsync(int connections, int requests, NewFacts facts) => PostAsync(_api, connections, requests, facts);

    /// <summary>Records phases one by one over HTTP, whatever database the API is on.</summary>
    /// <returns>Facts a second.</returns>
    public static async Task<double> PostAsync(ApiProcess api, int connections, int requests, NewFacts facts)
    {
        var (runs, phases) = new PhasesOfManyRuns(facts.Take(requests), connections).ToRequests();
        using var load = await HttpLoad.ConnectAsync(api.Address, connections);
        await load.SendEachAsync([runs]);
        return await load.SendEachAsync(phases);
    }

    /// <summary>Inserts phases one by one, each in a transaction of its own.</summary>
    /// <returns>Facts a second.</returns>
    public async Task<double> InsertAsync(int connections, int requests, NewFacts facts)
    {
        var (runs, phases) = new PhasesOfManyRuns(facts.Take(requests), connections).ToRows();
        await using (var connection = await _database.OpenConnectionAsync())
        {
            await new CopyWriter(connection).WriteAsync(runs);
        }

        await using var load = await TransactionLoad.ConnectAsync(_database, connections);
        return await load.InsertEachAsync(phases);
    }

    /// <summary>Imports facts over HTTP, with reading, rules and merging.</summary>
    /// <returns>Facts a second.</returns>
    public Task<double> ImportAsync(IReadOnlyList<GeneratedRun> runs) => BulkFacts.ImportAsync(_api.Address, runs);

    /// <summary>Writes facts through the store, batch by batch, with merging.</summary>
    /// <returns>Facts a second.</returns>
    public Task<double> WriteAsync(IReadOnlyList<GeneratedRun> runs) => BulkFacts.WriteAsync(_opened.Store, runs);

    /// <summary>Copies rows that are ready in memory, each of some parts in a transaction of its own.</summary>
    /// <param name="runs">The facts.</param>
    /// <param name="facts">How many facts a part has, about.</param>
    /// <returns>Facts a second.</returns>
    public async Task<double> CopyAsync(IReadOnlyList<GeneratedRun> runs, int facts)
    {
        var all = runs.Sum(run => 1 + run.PhaseMetrics.Count);
        var parts = runs.Chunk((int)Math.Max(1, (long)facts * runs.Count / all)).Select(PostgreSqlRows.Of).ToList();
        await using var connection = await _database.OpenConnectionAsync();
        var writer = new CopyWriter(connection);
        var part = 0;
        return all * await Pace.RateAsync(parts.Count, () => writer.WriteAsync(parts[part++])) / parts.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _opened.Dispose();
        await _api.DisposeAsync();
    }
}
