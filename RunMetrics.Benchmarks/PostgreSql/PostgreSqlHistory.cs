using Npgsql;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Data;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>A generated history in a database of the newest schema.</summary>
/// <param name="ConnectionString">The database, which no one is connected to.</param>
/// <param name="Metrics">How many phase metrics it has.</param>
/// <param name="FillSeconds">How long it took to generate and copy them, into tables without triggers.</param>
/// <param name="CountSeconds">How long it took to count them.</param>
/// <param name="Size">What it takes on disk.</param>
internal sealed record PostgreSqlHistory(string ConnectionString, int Metrics, double FillSeconds, double CountSeconds, PostgreSqlSize Size)
{
    private const int RunsOfATransaction = 10_000;

    /// <summary>The location that a connection string means.</summary>
    public static PostgreSqlLocation Locate(string connectionString) => PostgreSqlLocation.Parse(connectionString, "the database of the benchmark");

    /// <summary>Generates a history in a new database.</summary>
    public static async Task<PostgreSqlHistory> CreateAsync(DatabaseServer server, int seed, int metrics)
    {
        var connectionString = await server.CreateAsync();
        var location = Locate(connectionString);
        using (await OpenedDatabase.OpenAsync(location))
        {
        }

        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        await using var connection = await database.OpenConnectionAsync();
        var fillSeconds = await MeasureAsync(() => FillAsync(connection, History.Generate(seed, metrics)));
        var countSeconds = await MeasureAsync(() => RunMetricsDatabase.RebuildAsync(location, progress: null, CancellationToken.None));

        // What autovacuum would do soon, in the midst of a measurement.
        await connection.ExecuteAsync("VACUUM (ANALYZE)");
        await server.CheckpointAsync();
        return new PostgreSqlHistory(connectionString, metrics, fillSeconds, countSeconds, await PostgreSqlSize.MeasureAsync(connection));
    }

    private static async Task FillAsync(NpgsqlConnection connection, IEnumerable<GeneratedRun> runs)
    {
        FactTable[] tables = [FactTable.Runs, FactTable.Labels, FactTable.PhaseMetrics];
        await ToggleTriggersAsync("DISABLE");
        var writer = new CopyWriter(connection);
        foreach (var batch in runs.Chunk(RunsOfATransaction))
        {
            await writer.WriteAsync(PostgreSqlRows.Of(batch));
        }

        await ToggleTriggersAsync("ENABLE");

        Task ToggleTriggersAsync(string how) => connection.ExecuteAsync(string.Join(';', tables.Select(table => $"ALTER TABLE {table.Name} {how} TRIGGER USER")));
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}

/// <summary>What a database takes on disk, in bytes.</summary>
/// <param name="Database">All of it, with the server's own tables.</param>
/// <param name="Tables">The tables of facts.</param>
/// <param name="Indexes">Their indexes.</param>
/// <param name="CountTables">The tables of counts and figures.</param>
/// <param name="CountIndexes">Their indexes.</param>
internal sealed record PostgreSqlSize(long Database, long Tables, long Indexes, long CountTables, long CountIndexes)
{
    /// <summary>Measures a database.</summary>
    public static async Task<PostgreSqlSize> MeasureAsync(NpgsqlConnection connection) => (await connection.ReadAllAsync(
        $"""
        SELECT
            pg_database_size(current_database()), sum(pg_table_size(oid)) FILTER (WHERE is_fact)::bigint, sum(pg_indexes_size(oid)) FILTER (WHERE is_fact)::bigint,
            sum(pg_table_size(oid)) FILTER (WHERE NOT is_fact)::bigint, sum(pg_indexes_size(oid)) FILTER (WHERE NOT is_fact)::bigint
        FROM (
            SELECT oid, relname IN ('{FactTable.Runs.Name}', '{FactTable.Labels.Name}', '{FactTable.PhaseMetrics.Name}') AS is_fact
            FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace) AS tables
        """,
        row => new PostgreSqlSize(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)))).Single();
}
