using System.Text.Json;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.Http;

/// <summary>Requests that state facts.</summary>
internal static class WriteRequests
{
    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

    /// <summary>A request that imports facts.</summary>
    public static byte[] Import(IEnumerable<Fact> facts) =>
        HttpRequestBytes.Post("/run-metrics/import", "application/x-ndjson", NewFacts.ToLines(facts));

    /// <summary>
    /// A request for each closed phase of some runs, <c>POST /runs/{id}/metrics</c>, and before them one that imports the runs, which are under way
    /// when their phases come in.
    /// </summary>
    public static (byte[] Runs, IReadOnlyList<byte[]> Phases) PhaseByPhase(IReadOnlyList<GeneratedRun> runs) => (
        Import(runs.Select(run => run.Run with { Status = RunStatus.Running.Name(), EndedAt = null })),
        [
            .. runs
                .SelectMany(run => run.PhaseMetrics)
                .Where(metric => metric.Outcome is not null)
                .Select(metric => HttpRequestBytes.Post(
                    $"/runs/{metric.RunId}/metrics", "application/json", JsonSerializer.SerializeToUtf8Bytes(metric, Json))),
        ]);
}
