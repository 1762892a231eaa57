using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>Phases that are recorded one by one over HTTP.</summary>
internal static class SingleFactLoad
{
    /// <summary>At how many connections, and about how many requests it takes to measure.</summary>
    public static readonly IReadOnlyList<(int Connections, int Requests)> All = [(1, 600), (16, 4800), (64, 9600)];

    /// <summary>Records new phases, of runs that are recorded before.</summary>
    /// <returns>Requests a second.</returns>
    public static async Task<double> PostAsync(HttpLoad load, NewFacts facts, int requests)
    {
        var (runs, phases) = WriteRequests.PhaseByPhase(facts.Take(requests));
        await load.SendEachAsync([runs]);
        return await load.SendEachAsync(phases);
    }
}
