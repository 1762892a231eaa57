using RunMetrics.Domain.Runs;

namespace RunMetrics.Runner.Runs;

/// <summary>A phase in an iteration: where a run stands.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Iteration">The iteration, from 1.</param>
internal sealed record Step(RunPhase Phase, int Iteration)
{
    /// <summary>Where every run starts.</summary>
    public static Step First { get; } = new(RunPhase.Setup, 1);

    /// <summary>Where a run goes after this phase; null when it has ended.</summary>
    /// <param name="outcome">How the phase came out.</param>
    /// <param name="maxIterations">How many iterations the run may take.</param>
    public Step? Next(PhaseOutcome outcome, int maxIterations) => (Phase, outcome) switch
    {
        (RunPhase.Setup, PhaseOutcome.Success) => new Step(RunPhase.Builder, Iteration),
        (RunPhase.Builder, PhaseOutcome.Success) => new Step(RunPhase.Test, Iteration),
        (RunPhase.Test, PhaseOutcome.Success) => new Step(RunPhase.Reviewer, Iteration),
        (RunPhase.Reviewer, PhaseOutcome.Approved) => new Step(RunPhase.Merge, Iteration),
        (RunPhase.Test, PhaseOutcome.Failed) or (RunPhase.Reviewer, PhaseOutcome.ChangesRequested) when Iteration < maxIterations =>
            new Step(RunPhase.Builder, Iteration + 1),
        _ => null,
    };

    /// <summary>The last phase that a run finished and how it came out; null when it has finished none.</summary>
    /// <param name="recorded">What is recorded, in the order in which it happened.</param>
    public static (Step Step, PhaseOutcome Outcome)? FindLastFinished(IEnumerable<PhaseMetricRecord> recorded) =>
        recorded
            .Where(IsFinished)
            .OrderBy(metric => metric.Iteration).ThenBy(metric => metric.Phase)
            .Select(metric => ((Step, PhaseOutcome)?)(new Step(metric.Phase, metric.Iteration), metric.Outcome!.Value))
            .LastOrDefault();

    /// <summary>A phase that was broken off has an outcome too, but what it was for is still to be done.</summary>
    private static bool IsFinished(PhaseMetricRecord metric) =>
        metric.Outcome is not null
        && !(metric.Metadata is { } metadata
            && metadata.TryGetProperty(PhaseNotes.Reason, out var reason)
            && reason.ValueKind == System.Text.Json.JsonValueKind.String
            && reason.GetString() is RecordingReasons.ProcessLost or RecordingReasons.NoOutcome or FailureReasons.Cancelled);
}
