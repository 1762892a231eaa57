using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Operation;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.PostgreSql;
using RunMetrics.Benchmarks.Reads;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Benchmarks.Writes;

namespace RunMetrics.Benchmarks;

/// <summary>Measures each pair side by side, in turn, in one run: only their ratio means anything.</summary>
internal static class BenchmarkRun
{
    private static readonly OrderedDictionary<string, Func<BenchmarkOptions, HistoryFolder, Task>> Benchmarks = new(StringComparer.Ordinal)
    {
        ["store"] = (options, _) => StoreBenchmark.RunAsync(options.Rounds),
        ["queue"] = (options, _) => QueueBenchmark.RunAsync(options),
        ["ingest"] = IngestBenchmark.RunAsync,
        ["reads"] = ReadBenchmark.RunAsync,
        ["size"] = SizeBenchmark.RunAsync,
        ["start"] = StartBenchmark.RunAsync,
        [BenchmarkOptions.PostgreSqlName] = PostgreSqlBenchmark.RunAsync,
    };

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["--help" or "-h"])
        {
            Console.WriteLine(BenchmarkOptions.Usage);
            return 0;
        }

        BenchmarkOptions options;
        try
        {
            options = BenchmarkOptions.Parse(arguments, Benchmarks.Keys);
        }
        catch (FormatException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }

        PrintConditions(options);
        using var histories = new HistoryFolder(options.Seed, options.HistoriesFolder);
        foreach (var (name, run) in Benchmarks)
        {
            if (options.Names.Count == 0 || options.Names.Contains(name, StringComparer.Ordinal))
            {
                await run(options, histories);
            }
        }

        return 0;
    }

    private static void PrintConditions(BenchmarkOptions options)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F0} GB of memory, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}, SQLite {connection.ServerVersion}."));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Seed {options.Seed}; histories of {string.Join(", ", options.Metrics.Select(metrics => Figures.Count(metrics)))} phase metrics; medians of {options.Rounds} rounds after one to warm up, of ratios their range too."));
        Console.WriteLine();
    }
}
