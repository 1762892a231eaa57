using System.Text.Json;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Phases;

/// <summary>A phase metric as it is read.</summary>
/// <param name="Id">The id of the metric.</param>
/// <param name="RunId">The run that the phase belongs to.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Iteration">The iteration of the run, from 1.</param>
/// <param name="StartedAt">When the phase started, UTC.</param>
/// <param name="EndedAt">When the phase ended, UTC; null while it is open or when its end is unknown.</param>
/// <param name="DurationSeconds">How long the phase took, in whole seconds; null exactly when <paramref name="EndedAt"/> is.</param>
/// <param name="Outcome">How the phase came out; null while it is open.</param>
/// <param name="Metadata">A JSON object with what else is known of the phase, or null.</param>
public sealed record PhaseMetricRecord(
    string Id,
    string RunId,
    RunPhase Phase,
    int Iteration,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int? DurationSeconds,
    PhaseOutcome? Outcome,
    JsonElement? Metadata);
