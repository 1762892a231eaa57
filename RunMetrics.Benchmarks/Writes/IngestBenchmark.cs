using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>
/// Facts a second on every way in, with the triggers that keep counts in the transaction of the write and without them, on top of a history; and an
/// import against hand-written ADO.NET into the same file.
/// </summary>
internal static class IngestBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories)
    {
        foreach (var metrics in options.Metrics)
        {
            await RunAsync(options, histories, metrics);
        }
    }

    private static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories, int metrics)
    {
        var facts = new NewFacts(options.Seed + 1);
        var import = new Way("import over HTTP", target => target.ImportAsync(facts.Take(BulkFacts.Count)));
        var adoNet = new Way("prepared ADO.NET, batches of 500", target => Task.FromResult(target.Insert(facts.Take(BulkFacts.Count))));
        Way[] ways =
        [
            .. SingleFactLoad.All.Select(load => new Way(
                $"POST of one phase, {HttpLoad.NameOf(load.Connections)}",
                target => target.PostAsync(load.Connections, load.Requests, facts))),
            new Way("batches of 500 through the store", target => target.WriteAsync(facts.Take(BulkFacts.Count))),
            import,
            adoNet,
        ];

        await using var with = await IngestTarget.OpenAsync(await histories.CopyAsync(metrics, "with-triggers"));
        await using var without = await IngestTarget.OpenAsync(await histories.CopyAsync(metrics, "without-triggers"));
        var triggers = without.DropTriggers();
        for (var round = 0; round <= options.Rounds; round++)
        {
            await Console.Error.WriteLineAsync($"Writing: round {round} of {options.Rounds} …");
            foreach (var way in ways)
            {
                await MeasureAsync(way, round, with, without);
            }
        }

        var table = new Table("facts/s", "with triggers", "without", "ratio, median (range)");
        foreach (var way in ways)
        {
            table.Add(way.Name, Figures.Rate(way.Rates.First), Figures.Rate(way.Rates.Second), way.Rates.Ratio);
        }

        table.Add(
            "import / ADO.NET, ratio",
            Figures.Ratio(import.Rates.First, adoNet.Rates.First),
            Figures.Ratio(import.Rates.Second, adoNet.Rates.Second),
            Figures.None);
        table.Print($"Ingest on top of {Figures.Count(metrics)} metrics{(triggers == 0 ? " (this schema has no triggers: both sides are alike)" : null)}");
    }

    /// <summary>Each side goes first in every other round, so that what one leaves behind for the other weighs on neither.</summary>
    private static async Task MeasureAsync(Way way, int round, IngestTarget with, IngestTarget without)
    {
        if (round % 2 == 0)
        {
            way.Rates.Add(round, await way.MeasureAsync(with), await way.MeasureAsync(without));
        }
        else
        {
            var second = await way.MeasureAsync(without);
            way.Rates.Add(round, await way.MeasureAsync(with), second);
        }
    }

    /// <summary>A way in.</summary>
    /// <param name="Name">What it is called in the table.</param>
    /// <param name="MeasureAsync">Writes new facts; tells how many a second.</param>
    private sealed record Way(string Name, Func<IngestTarget, Task<double>> MeasureAsync)
    {
        /// <summary>With triggers and without.</summary>
        public RatePairs Rates { get; } = new();
    }
}
