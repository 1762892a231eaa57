using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Data;
using RunMetrics.Data.Context;
using RunMetrics.Data.Startup;

namespace RunMetrics.Benchmarks.Histories;

/// <summary>A generated history in a database file of the newest schema.</summary>
/// <param name="DatabaseFile">The path of the database file, which no one has open.</param>
/// <param name="Metrics">How many phase metrics it has.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="FillSeconds">How long it took to generate and insert them, into tables without triggers.</param>
/// <param name="MigrateSeconds">How long the migrations after <see cref="FilledAt"/> took on all of them.</param>
/// <param name="BytesBefore">The size of the file before those migrations.</param>
internal sealed record History(string DatabaseFile, int Metrics, long Runs, double FillSeconds, double MigrateSeconds, long BytesBefore)
{
    /// <summary>The migration that the rows are inserted at, the last before any that counts rows: later ones count those that are there.</summary>
    private const string FilledAt = "20261124082536_RunLabels";

    private const int RunsOfATransaction = 10_000;

    private static readonly DateTimeOffset Since = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The size of the file.</summary>
    public long Bytes => new FileInfo(DatabaseFile).Length;

    /// <summary>Generates a history, or takes the one that is in the folder already.</summary>
    public static async Task<History> CreateAsync(string folder, int seed, int metrics)
    {
        var file = Path.Combine(folder, FormattableString.Invariant($"history-{seed}-{metrics}.db"));
        var description = Path.ChangeExtension(file, "json");
        if (Path.Exists(description))
        {
            return JsonSerializer.Deserialize<History>(await File.ReadAllTextAsync(description))! with { DatabaseFile = file };
        }

        File.Delete(file);
        var started = TimeProvider.System.GetTimestamp();
        var runs = await FillAsync(file, new HistoryGenerator(seed, metrics, Since));
        var fillSeconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var bytesBefore = new FileInfo(file).Length;

        started = TimeProvider.System.GetTimestamp();
        using (await RunMetricsSqlite.OpenAsync(DatabaseLocation.ForFile(file)))
        {
        }

        var migrateSeconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        SqliteConnection.ClearAllPools();
        var history = new History(file, metrics, runs, fillSeconds, migrateSeconds, bytesBefore);
        await File.WriteAllTextAsync(description, JsonSerializer.Serialize(history));
        return history;
    }

    private static async Task<long> FillAsync(string file, HistoryGenerator generator)
    {
        // Rows come before anything that looks after them: no trigger, no foreign key, no log.
        var connectionString = $"Data Source={file};Pooling=False;Foreign Keys=False";
        await using (var context = new RunMetricsDbContext(new DbContextOptionsBuilder<RunMetricsDbContext>().UseSqlite(connectionString).Options))
        {
            await context.GetService<IMigrator>().MigrateAsync(FilledAt);
        }

        await using var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        connection.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
        using var writer = new AdoNetWriter(connection);
        var runs = 0L;
        foreach (var batch in generator.Generate().Chunk(RunsOfATransaction))
        {
            writer.Insert(batch.SelectMany(AdoNetRow.Of));
            runs += batch.Length;
        }

        return runs;
    }
}
