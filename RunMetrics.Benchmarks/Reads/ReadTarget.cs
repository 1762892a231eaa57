using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Data;
using RunMetrics.Data.Startup;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>A history that is read in this process, by hand-written ADO.NET and over HTTP.</summary>
internal sealed class ReadTarget : IAsyncDisposable
{
    /// <summary>At how many connections the API is asked.</summary>
    public static readonly IReadOnlyList<int> Connections = [1, 16];

    private const int RunsToList = 64;

    private readonly ApiProcess _api;
    private readonly RunMetricsSqlite _database;
    private readonly SqliteConnection _connection;
    private readonly AdoNetReader _lists;
    private readonly ScanReader _scan;

    private ReadTarget(
        History history, ApiProcess api, RunMetricsSqlite database, SqliteConnection connection, IReadOnlyList<HttpLoad> loads)
    {
        Metrics = history.Metrics;
        Loads = loads;
        _api = api;
        _database = database;
        _connection = connection;
        _lists = new AdoNetReader(connection);
        _scan = new ScanReader(connection);
        Reads = [.. Read.All(database.Queries, _lists, _scan, FindRuns(connection, history))];
    }

    /// <summary>How many phase metrics the history has.</summary>
    public int Metrics { get; }

    /// <summary>The questions.</summary>
    public IReadOnlyList<Read> Reads { get; }

    /// <summary>The API at each number of <see cref="Connections"/>.</summary>
    public IReadOnlyList<HttpLoad> Loads { get; }

    /// <summary>Opens a history.</summary>
    public static async Task<ReadTarget> OpenAsync(History history)
    {
        var api = await ApiProcess.StartAsync(history.DatabaseFile);
        var loads = new List<HttpLoad>();
        foreach (var connections in Connections)
        {
            loads.Add(await HttpLoad.ConnectAsync(api.Address, connections));
        }

        var database = await RunMetricsSqlite.OpenAsync(DatabaseLocation.ForFile(history.DatabaseFile));
        var connection = new SqliteConnection($"Data Source={history.DatabaseFile}");
        await connection.OpenAsync();
        return new ReadTarget(history, api, database, connection, loads);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var load in Loads)
        {
            load.Dispose();
        }

        _lists.Dispose();
        _scan.Dispose();
        await _connection.DisposeAsync();
        _database.Dispose();
        await _api.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    /// <summary>Runs from all over the large project.</summary>
    private static List<string> FindRuns(SqliteConnection connection, History history)
    {
        using var list = connection.Prepare(
            """
            SELECT id FROM (SELECT id, row_number() OVER (ORDER BY started_at, id) AS number FROM runs WHERE project_id = $1)
            WHERE number % $2 = 0 LIMIT $3
            """,
            3);
        return list.With(ProjectShares.Large, history.Runs / 2 / RunsToList, RunsToList).ReadAll(row => row.GetString(0));
    }
}
