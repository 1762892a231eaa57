using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>Writes, reads and size on a PostgreSQL server, in databases that are made for it and dropped at the end.</summary>
internal static class PostgreSqlBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories)
    {
        if (options.PostgreSql is null)
        {
            Console.WriteLine($"{BenchmarkOptions.PostgreSqlName} is left out: no server is named by {BenchmarkOptions.PostgreSqlOption}.");
            Console.WriteLine();
            return;
        }

        await using var server = new DatabaseServer(options.PostgreSql);
        Console.WriteLine($"PostgreSQL: {await server.DescribeAsync()}.");
        Console.WriteLine();
        var pairs = new List<(PostgreSqlHistory PostgreSql, History Sqlite)>();
        var facts = new NewFacts(options.Seed + 1);
        foreach (var metrics in options.Metrics)
        {
            await Console.Error.WriteLineAsync($"PostgreSQL: filling {Figures.Count(metrics)} metrics …");
            pairs.Add((await PostgreSqlHistory.CreateAsync(server, options.Seed, metrics), await histories.GetAsync(metrics)));
            await WriteAsync(options.Rounds, server, pairs[^1].PostgreSql, await histories.CopyAsync(metrics, "postgresql"), facts);
        }

        await PostgreSqlReads.MeasureAsync(options.Rounds, pairs);
        SqliteConnection.ClearAllPools();
        PrintSizes([.. pairs.Select(pair => pair.PostgreSql)]);
    }

    private static async Task WriteAsync(int rounds, DatabaseServer server, PostgreSqlHistory history, string sqliteFile, NewFacts facts)
    {
        var copy = await server.CreateAsync(history.ConnectionString);
        await server.CheckpointAsync();
        var writes = new PostgreSqlWrites(history.Metrics, facts);
        await using (var target = await PostgreSqlWriteTarget.OpenAsync(copy))
        await using (var sqlite = await ApiProcess.StartAsync($"Data Source={sqliteFile}"))
        {
            for (var round = 0; round <= rounds; round++)
            {
                await Console.Error.WriteLineAsync($"Writing: round {round} of {rounds} …");
                await writes.MeasureAsync(round, target, sqlite);
            }
        }

        writes.Print();
        await server.DropAsync(copy);
    }

    private static void PrintSizes(IReadOnlyList<PostgreSqlHistory> histories)
    {
        var sizes = new Table("metrics", "database", "bytes a metric", "tables", "indexes", "counts", "indexes of counts", "filled in", "counted in");
        foreach (var history in histories)
        {
            var size = history.Size;
            sizes.Add(
                Figures.Count(history.Metrics),
                Figures.Megabytes(size.Database),
                PerMetric(size.Database),
                PerMetric(size.Tables),
                PerMetric(size.Indexes),
                PerMetric(size.CountTables),
                PerMetric(size.CountIndexes),
                Figures.Time(history.FillSeconds),
                Figures.Time(history.CountSeconds));

            string PerMetric(long bytes) => (bytes / (double)history.Metrics).ToString("F1", CultureInfo.InvariantCulture);
        }

        sizes.Print("PostgreSQL: size, all but the database in bytes a metric");
    }
}
