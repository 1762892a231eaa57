using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Runner.Runs;

/// <summary>How a run ended, as the program that worked it knows it, whatever became of its recording.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Phases">Its phases in the order in which they started, those before a resumption included.</param>
internal sealed record RunResult(RunStatus Status, IReadOnlyList<PhaseResult> Phases);

/// <summary>How a phase came out.</summary>
/// <param name="Step">The phase.</param>
/// <param name="Outcome">How it came out; null while it is open.</param>
/// <param name="Elapsed">How long it took; null where that is not known.</param>
/// <param name="Metadata">What else is known of it.</param>
internal sealed record PhaseResult(Step Step, PhaseOutcome? Outcome, TimeSpan? Elapsed, JsonElement? Metadata)
{
    /// <summary>A phase as it is recorded.</summary>
    public static PhaseResult Of(PhaseMetricRecord metric) =>
        new(new Step(metric.Phase, metric.Iteration), metric.Outcome, ElapsedOf(metric), metric.Metadata);

    /// <summary>A phase as it stands once its run is resumed: one that was open was lost with the program that worked it.</summary>
    public static PhaseResult OfResumed(PhaseMetricRecord metric) => metric.Outcome is not null
        ? Of(metric)
        : Of(metric) with
        {
            Outcome = PhaseOutcome.Failed,
            Metadata = JsonSerializer.SerializeToElement(new { reason = RecordingReasons.ProcessLost }),
        };

    /// <summary>The recorded duration is in whole seconds; the instants are finer where they agree with it.</summary>
    private static TimeSpan? ElapsedOf(PhaseMetricRecord metric) => metric switch
    {
        { DurationSeconds: null } => null,
        { DurationSeconds: { } seconds, EndedAt: { } endedAt } when Durations.WholeSeconds(endedAt - metric.StartedAt) == seconds =>
            endedAt - metric.StartedAt,
        _ => TimeSpan.FromSeconds(metric.DurationSeconds.Value),
    };
}
