using System.Globalization;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Operation;

/// <summary>What a history takes on disk and of memory: the peak of the API, in a process of its own for each row, at the end of each step.</summary>
internal static class SizeBenchmark
{
    private const int Connections = 16;
    private const int ImportedFacts = 200_000;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories)
    {
        var sizes = new Table("metrics", "file", "bytes a metric", "of it since the migration RunLabels", "migrated in");
        var memory = new Table(
            "metrics", "resident at most, started", "summaries, statistics and lists at 16 connections", "then an import of 200,000 facts");
        foreach (var metrics in options.Metrics)
        {
            var history = await histories.GetAsync(metrics);
            sizes.Add(
                Figures.Count(metrics),
                Figures.Megabytes(history.Bytes),
                PerMetric(history.Bytes),
                PerMetric(history.Bytes - history.BytesFilled),
                Figures.Time(history.MigrateSeconds));
            memory.Add([Figures.Count(metrics), .. await MeasureMemoryAsync(await histories.CopyAsync(metrics, "memory"), options.Seed + 1)]);

            string PerMetric(long bytes) => (bytes / (double)metrics).ToString("F1", CultureInfo.InvariantCulture);
        }

        sizes.Print("Size");
        memory.Print("Memory of the API");
    }

    private static async Task<IReadOnlyList<string>> MeasureMemoryAsync(string file, int seed)
    {
        string[] paths =
        [
            $"/repos/{ProjectShares.Large}/run-metrics/summary",
            $"/repos/{ProjectShares.Large}/run-metrics/statistics",
            $"/repos/{ProjectShares.Large}/runs?limit=200",
            "/run-metrics/summary",
            "/run-metrics/statistics",
            "/repos?limit=200",
        ];
        await using var api = await ApiProcess.StartAsync($"Data Source={file}");
        using var load = await HttpLoad.ConnectAsync(api.Address, Connections);
        var peaks = new List<string> { Peak() };
        await load.RepeatAsync([.. paths.Select(HttpRequestBytes.Get)], Duration * paths.Length);
        peaks.Add(Peak());
        await load.SendEachAsync([WriteRequests.Import(new NewFacts(seed).Take(ImportedFacts).SelectMany(run => run.Facts))]);
        peaks.Add(Peak());
        return peaks;

        string Peak() => api.PeakMemory is { } bytes ? Figures.Megabytes(bytes) : Figures.None;
    }
}
