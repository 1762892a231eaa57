using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Benchmarks.Histories;

/// <summary>A generated history in a database file of the newest schema.</summary>
/// <param name="DatabaseFile">The path of the database file, which no one has open.</param>
/// <param name="Metrics">How many phase metrics it has.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="FillSeconds">How long it took to generate and insert them, into tables without triggers.</param>
/// <param name="BytesFilled">The size of the file when they were inserted.</param>
/// <param name="Migration">The newest migration of the file.</param>
/// <param name="MigrateSeconds">How long it took to get there with all rows in the file.</param>
internal sealed record History(
    string DatabaseFile, int Metrics, long Runs, double FillSeconds, long BytesFilled, string Migration, double MigrateSeconds)
{
    /// <summary>The migration that the rows are inserted at, the last before any that counts rows: later ones count those that are there.</summary>
    private const string FilledAt = "20261124082536_RunLabels";

    private const int RunsOfATransaction = 10_000;

    private static readonly DateTimeOffset Since = new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The size of the file.</summary>
    public long Bytes => new FileInfo(DatabaseFile).Length;

    /// <summary>Makes the runs of a history, one by one; to be enumerated once.</summary>
    public static IEnumerable<GeneratedRun> Generate(int seed, int metrics) => new HistoryGenerator(seed, metrics, Since).Generate();

    /// <summary>Generates a history, or takes the one that is in the folder already; either way it has the newest schema then.</summary>
    public static async Task<History> CreateAsync(string folder, int seed, int metrics)
    {
        var file = Path.Combine(folder, FormattableString.Invariant($"history-{seed}-{metrics}.db"));
        var description = Path.ChangeExtension(file, "json");
        var isDescribed = File.Exists(description);
        var history = isDescribed
            ? JsonSerializer.Deserialize<History>(await File.ReadAllTextAsync(description))! with { DatabaseFile = file }
            : await FillAsync(file, seed, metrics);
        if (!isDescribed || history.Migration != FindNewestMigration())
        {
            history = await history.MigrateAsync();
            await File.WriteAllTextAsync(description, JsonSerializer.Serialize(history));
        }

        return history;
    }

    /// <summary>Generates the same rows up to <see cref="FilledAt"/> alone, or takes the file that is in the folder already.</summary>
    /// <returns>The path of the database file.</returns>
    public static async Task<string> CreateUnmigratedAsync(string folder, int seed, int metrics)
    {
        var file = Path.Combine(folder, FormattableString.Invariant($"history-{seed}-{metrics}-unmigrated.db"));
        if (!File.Exists(file))
        {
            var unfinished = $"{file}.unfinished";
            await FillAsync(unfinished, seed, metrics);
            File.Move(unfinished, file);
        }

        return file;
    }

    private static async Task<History> FillAsync(string file, int seed, int metrics)
    {
        File.Delete(file);
        var started = TimeProvider.System.GetTimestamp();

        // Rows come before anything that looks after them: no trigger, no foreign key, no log.
        var connectionString = $"Data Source={file};Pooling=False;Foreign Keys=False";
        await using (var context = CreateContext(connectionString))
        {
            await context.GetService<IMigrator>().MigrateAsync(FilledAt);
        }

        var runs = 0L;
        await using (var connection = new SqliteConnection(connectionString))
        {
            await connection.OpenAsync();
            connection.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
            using var writer = new AdoNetWriter(connection);
            foreach (var batch in Generate(seed, metrics).Chunk(RunsOfATransaction))
            {
                writer.Insert(batch.SelectMany(AdoNetRow.Of));
                runs += batch.Length;
            }
        }

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        return new History(file, metrics, runs, seconds, new FileInfo(file).Length, FilledAt, 0);
    }

    private async Task<History> MigrateAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        using (await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(DatabaseFile)))
        {
        }

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        SqliteConnection.ClearAllPools();
        return this with { Migration = FindNewestMigration(), MigrateSeconds = seconds };
    }

    private static string FindNewestMigration()
    {
        using var context = CreateContext("Data Source=:memory:");
        return context.Database.GetMigrations().Last();
    }

    private static SqliteRunMetricsDbContext CreateContext(string connectionString) =>
        new SqliteRunMetricsDbContext(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite(connectionString).Options);
}
