using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Phases;

/// <summary>The fact that a phase of a run started, and, once it has an outcome, how and when it ended.</summary>
public sealed record PhaseMetricFact : Fact
{
    /// <summary>The run that the phase belongs to.</summary>
    public string? RunId { get; init; }

    /// <summary>A <see cref="Vocabulary.RunPhase"/> by its name.</summary>
    public string? Phase { get; init; }

    /// <summary>The iteration of the run, from 1; 1 when null.</summary>
    public int? Iteration { get; init; }

    /// <summary>When the phase started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the phase ended, not before <see cref="StartedAt"/>; null while it is open or when its end is unknown.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long the phase took, in whole seconds; computed from the two instants when null.</summary>
    public int? DurationSeconds { get; init; }

    /// <summary>A <see cref="Vocabulary.PhaseOutcome"/> by its name; null while the phase is open.</summary>
    public string? Outcome { get; init; }

    /// <summary>What else is known of the phase: a JSON object, see <see cref="PhaseMetadata"/>.</summary>
    public JsonElement? Metadata { get; init; }
}
