using System.Globalization;
using System.Net.Http.Json;
using System.Text;

namespace RunMetrics.Benchmarks;

/// <summary>Single-fact POSTs a second: through the queue, which lets them share a transaction, against a transaction for each.</summary>
internal static class SingleFactBenchmark
{
    private const int Rounds = 5;

    private static readonly (int Connections, int Requests)[] Loads = [(1, 400), (16, 2400), (64, 4800)];

    public static async Task RunAsync()
    {
        Console.WriteLine("POST /runs/{id}/metrics, one fact each: shared transactions / one for each request");
        await using var shared = ApiHost.Start(sharesTransactions: true);
        await using var single = ApiHost.Start(sharesTransactions: false);
        foreach (var (connections, requests) in Loads)
        {
            using var sharedClient = shared.Connect(connections);
            using var singleClient = single.Connect(connections);
            await PostAsync(sharedClient, connections, requests / 4);
            await PostAsync(singleClient, connections, requests / 4);

            var pairs = new List<(double Shared, double Single)>();
            for (var round = 0; round < Rounds; round++)
            {
                pairs.Add((await PostAsync(sharedClient, connections, requests), await PostAsync(singleClient, connections, requests)));
            }

            Report.Ratio($"{connections} connections", "requests/s", pairs);
        }
    }

    /// <returns>Requests a second.</returns>
    private static async Task<double> PostAsync(HttpClient client, int connections, int requests)
    {
        var runId = string.Create(CultureInfo.InvariantCulture, $"run-{Guid.CreateVersion7()}");
        using var put = await client.PutAsJsonAsync(new Uri($"runs/{runId}", UriKind.Relative), new { project_id = "bench", work_order_id = "wo" });
        put.EnsureSuccessStatusCode();

        var remaining = requests;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (Interlocked.Decrement(ref remaining) >= 0)
            {
                var id = Guid.CreateVersion7();
                using var content = new StringContent(
                    $$$"""{"id":"{{{id}}}","phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:04:30Z","outcome":"success","metadata":{"files_changed":3}}""",
                    Encoding.UTF8,
                    "application/json");
                using var response = await client.PostAsync(new Uri($"runs/{runId}/metrics", UriKind.Relative), content);
                response.EnsureSuccessStatusCode();
            }
        }));
        return requests / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
