using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>A database file that facts go to on every way in: over HTTP, through the store, by hand-written ADO.NET.</summary>
internal sealed class IngestTarget : IAsyncDisposable
{
    private readonly ApiProcess _api;
    private readonly OpenedDatabase _database;
    private readonly SqliteConnection _connection;
    private readonly AdoNetWriter _writer;

    private IngestTarget(ApiProcess api, OpenedDatabase database, SqliteConnection connection)
    {
        _api = api;
        _database = database;
        _connection = connection;
        _writer = new AdoNetWriter(connection);
    }

    /// <summary>Opens a database file of the newest schema.</summary>
    public static async Task<IngestTarget> OpenAsync(string file)
    {
        var api = await ApiProcess.StartAsync($"Data Source={file}");
        var database = await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(file));
        var connection = new SqliteConnection($"Data Source={file}");
        await connection.OpenAsync();
        return new IngestTarget(api, database, connection);
    }

    /// <summary>Drops every trigger, so that no table follows what is written. Those who have the file open notice by themselves.</summary>
    /// <returns>How many there were.</returns>
    public int DropTriggers()
    {
        using var list = _connection.Prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'", 0);
        var triggers = list.ReadAll(row => row.GetString(0));
        foreach (var trigger in triggers)
        {
            _connection.Execute($"DROP TRIGGER \"{trigger}\"");
        }

        return triggers.Count;
    }

    /// <summary>Records phases one by one over HTTP.</summary>
    /// <returns>Facts a second.</returns>
    public async Task<double> PostAsync(int connections, int requests, NewFacts facts)
    {
        using var load = await HttpLoad.ConnectAsync(_api.Address, connections);
        return await SingleFactLoad.PostAsync(load, facts, requests);
    }

    /// <summary>Imports facts over HTTP, with reading, rules and merging.</summary>
    /// <returns>Facts a second.</returns>
    public Task<double> ImportAsync(IReadOnlyList<GeneratedRun> runs) => BulkFacts.ImportAsync(_api.Address, runs);

    /// <summary>Writes facts through the store, batch by batch, with merging.</summary>
    /// <returns>Facts a second.</returns>
    public Task<double> WriteAsync(IReadOnlyList<GeneratedRun> runs) => BulkFacts.WriteAsync(_database.Store, runs);

    /// <summary>Inserts rows that are ready in memory, batch by batch.</summary>
    /// <returns>Facts a second.</returns>
    public double Insert(IReadOnlyList<GeneratedRun> runs)
    {
        var facts = runs.Sum(run => 1 + run.PhaseMetrics.Count);
        var rows = runs.SelectMany(AdoNetRow.Of).ToList();
        var batches = rows.Chunk((int)((long)BulkFacts.BatchSize * rows.Count / facts)).ToList();
        var batch = 0;
        return facts * Pace.Rate(batches.Count, () => _writer.Insert(batches[batch++])) / batches.Count;
    }

    public async ValueTask DisposeAsync()
    {
        _writer.Dispose();
        await _connection.DisposeAsync();
        _database.Dispose();
        await _api.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }
}
