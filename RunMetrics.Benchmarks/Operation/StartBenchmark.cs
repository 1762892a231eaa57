using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Operation;

/// <summary>
/// The time from the start of the process to the first answer on an existing database: compiled as it runs and published ReadyToRun, with the
/// database and the program in the system's page cache and, where the system lets go of them, without. The runtime itself stays in it.
/// </summary>
internal static class StartBenchmark
{
    private static readonly byte[] Summary = HttpRequestBytes.Get($"/repos/{ProjectShares.Large}/run-metrics/summary");

    public static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories)
    {
        using var published = options.PublishedFolder is null ? await PublishedApi.PublishAsync() : new PublishedApi(options.PublishedFolder);
        (string Name, string Folder)[] builds = [("ReadyToRun", published.Folder), ("as built", ApiProcess.BuiltFolder)];
        bool[] caches = OperatingSystem.IsLinux() ? [true, false] : [true];
        var starts = new List<Start>();
        foreach (var metrics in options.Metrics)
        {
            var history = await histories.GetAsync(metrics);
            starts.AddRange(builds.SelectMany(build => caches, (build, isCached) => new Start(history, build.Name, build.Folder, isCached)));
        }

        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var start in starts)
            {
                await MeasureAsync(start, counts: round > 0);
            }
        }

        var table = new Table("API", "metrics", "page cache", "GET /health/live", "then a summary of half of all runs");
        foreach (var start in starts)
        {
            table.Add(
                start.Build,
                Figures.Count(start.History.Metrics),
                start.IsCached ? "warm" : "cold",
                Figures.Time(start.Live),
                Figures.Time(start.Summary));
        }

        table.Print("From the start of the process to the first answer");
    }

    private static async Task MeasureAsync(Start start, bool counts)
    {
        if (!start.IsCached && OperatingSystem.IsLinux())
        {
            PageCache.Evict([start.History.DatabaseFile, .. Directory.EnumerateFiles(start.Folder)]);
        }

        var started = TimeProvider.System.GetTimestamp();
        await using var api = await ApiProcess.StartAsync($"Data Source={start.History.DatabaseFile}", start.Folder);
        using var load = await HttpLoad.ConnectAsync(api.Address, 1);
        await load.SendEachAsync([Summary]);
        if (counts)
        {
            start.Live.Add(api.StartTime.TotalSeconds);
            start.Summary.Add(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        }
    }

    /// <summary>A way to start, and how long it took in each round.</summary>
    /// <param name="History">The database.</param>
    /// <param name="Build">How the program was compiled.</param>
    /// <param name="Folder">Where the program lies.</param>
    /// <param name="IsCached">Whether database and program are in the system's page cache.</param>
    private sealed record Start(History History, string Build, string Folder, bool IsCached)
    {
        /// <summary>To the first answer at all, in seconds.</summary>
        public List<double> Live { get; } = [];

        /// <summary>To the first summary, in seconds.</summary>
        public List<double> Summary { get; } = [];
    }
}
