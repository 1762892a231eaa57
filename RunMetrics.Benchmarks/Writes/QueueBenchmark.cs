using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>Single-fact POSTs a second: through the queue, which lets them share a transaction, against a transaction for each.</summary>
internal static class QueueBenchmark
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var facts = new NewFacts(options.Seed);
        var table = new Table("POST /runs/{id}/metrics", "shared transactions, requests/s", "one for each, requests/s", "ratio, median (range)");
        await using var shared = ApiHost.Start(sharesTransactions: true);
        await using var single = ApiHost.Start(sharesTransactions: false);
        foreach (var (connections, requests) in SingleFactLoad.All)
        {
            using var sharedLoad = await HttpLoad.ConnectAsync(shared.Address, connections);
            using var singleLoad = await HttpLoad.ConnectAsync(single.Address, connections);
            var pairs = new RatePairs();
            for (var round = 0; round <= options.Rounds; round++)
            {
                pairs.Add(
                    round,
                    await SingleFactLoad.PostAsync(sharedLoad, facts, requests),
                    await SingleFactLoad.PostAsync(singleLoad, facts, requests));
            }

            table.Add(HttpLoad.NameOf(connections), Figures.Rate(pairs.First), Figures.Rate(pairs.Second), pairs.Ratio);
        }

        table.Print("Shared transactions");
    }
}
