using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Tests.Support;

/// <summary>Valid facts to start from.</summary>
internal static class SampleFacts
{
    /// <summary>The path of a file with 18 facts of two projects.</summary>
    public static readonly string FilePath = Path.Combine(AppContext.BaseDirectory, "Samples", "agent-runs.ndjson");

    public static readonly DateTimeOffset Start = new(2026, 1, 12, 9, 0, 0, TimeSpan.Zero);

    public static RunFact Run(string id = "run-1") =>
        new() { Id = id, ProjectId = "bop", WorkOrderId = "032", Status = "running", StartedAt = Start };

    public static RunFact EndedRun(string id = "run-1") => Run(id) with { Status = "succeeded", EndedAt = Start.AddMinutes(30) };

    public static PhaseMetricFact OpenPhase(string id = "metric-1", string runId = "run-1") =>
        new() { Id = id, RunId = runId, Phase = "builder", Iteration = 1, StartedAt = Start };

    public static PhaseMetricFact ClosedPhase(string id = "metric-1", string runId = "run-1") =>
        OpenPhase(id, runId) with { EndedAt = Start.AddSeconds(90), DurationSeconds = 90, Outcome = "success" };

    public static JsonElement Json(string json) => JsonElement.Parse(json);

    public static FactReading Read(Fact fact) => new(fact, []);
}
