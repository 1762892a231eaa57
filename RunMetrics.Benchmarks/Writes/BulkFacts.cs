using System.Net;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>Many facts at once, on the ways in that are the same for all databases.</summary>
internal static class BulkFacts
{
    /// <summary>How many facts it takes to measure.</summary>
    public const int Count = 24_000;

    /// <summary>How many facts are written in a transaction, as an import does.</summary>
    public const int BatchSize = 500;

    /// <summary>Imports facts over HTTP, with reading, rules and merging.</summary>
    /// <returns>Facts a second.</returns>
    public static async Task<double> ImportAsync(IPEndPoint address, IReadOnlyList<GeneratedRun> runs)
    {
        var facts = runs.SelectMany(run => run.Facts).ToList();
        using var load = await HttpLoad.ConnectAsync(address, 1);
        return facts.Count * await load.SendEachAsync([WriteRequests.Import(facts)]);
    }

    /// <summary>Writes facts through the store, batch by batch, with merging.</summary>
    /// <returns>Facts a second.</returns>
    public static async Task<double> WriteAsync(IRunMetricsStore store, IReadOnlyList<GeneratedRun> runs)
    {
        var facts = runs.SelectMany(run => run.Facts).ToList();
        var batches = facts.Chunk(BatchSize).Select(batch => new FactBatch(batch, ProjectAccess.All, TimeProvider.System.GetUtcNow())).ToList();
        var batch = 0;
        return facts.Count * await Pace.RateAsync(batches.Count, () => store.WriteAsync(batches[batch++], CancellationToken.None)) / batches.Count;
    }
}
