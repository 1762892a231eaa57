using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>A history that is read in this process, by hand-written ADO.NET and over HTTP.</summary>
internal sealed class ReadTarget : IAsyncDisposable
{
    private const int RunsToList = 64;

    /// <summary>A scan of more takes half a minute.</summary>
    private const int MaxMetricsToScan = 1_000_000;

    private readonly OpenedDatabase _database;
    private readonly SqliteConnection _connection;
    private readonly AdoNetReader _lists;
    private readonly ScanReader _scan;

    private ReadTarget(History history, ReadServer server, ReadServer? baseline, OpenedDatabase database, SqliteConnection connection)
    {
        Metrics = history.Metrics;
        Server = server;
        Baseline = baseline;
        _database = database;
        _connection = connection;
        _lists = new AdoNetReader(connection);
        _scan = new ScanReader(connection);
        Reads = [.. Read.All(database.Queries, connection, _lists, Metrics > MaxMetricsToScan ? null : _scan, FindRuns(connection, history))];
    }

    /// <summary>How many phase metrics the history has.</summary>
    public int Metrics { get; }

    /// <summary>The questions.</summary>
    public IReadOnlyList<Read> Reads { get; }

    /// <summary>The API on the history.</summary>
    public ReadServer Server { get; }

    /// <summary>An earlier API on the same rows in its own schema; null where none is compared with.</summary>
    public ReadServer? Baseline { get; }

    /// <summary>Opens a history.</summary>
    /// <param name="histories">Where it comes from.</param>
    /// <param name="metrics">How many phase metrics it has.</param>
    /// <param name="baselineFolder">Where an earlier API lies; null for none.</param>
    public static async Task<ReadTarget> OpenAsync(HistoryFolder histories, int metrics, string? baselineFolder)
    {
        var history = await histories.GetAsync(metrics);
        var baseline = baselineFolder is null
            ? null
            : await ReadServer.StartAsync(await histories.GetUnmigratedAsync(metrics), baselineFolder);
        var server = await ReadServer.StartAsync(history.DatabaseFile);
        var database = await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(history.DatabaseFile));
        var connection = new SqliteConnection($"Data Source={history.DatabaseFile}");
        await connection.OpenAsync();
        return new ReadTarget(history, server, baseline, database, connection);
    }

    public async ValueTask DisposeAsync()
    {
        _lists.Dispose();
        _scan.Dispose();
        await _connection.DisposeAsync();
        _database.Dispose();
        await Server.DisposeAsync();
        if (Baseline is not null)
        {
            await Baseline.DisposeAsync();
        }

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
