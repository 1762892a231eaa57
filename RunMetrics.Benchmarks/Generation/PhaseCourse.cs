namespace RunMetrics.Benchmarks.Generation;

/// <summary>How long phases of a kind take and how they come out.</summary>
/// <param name="Median">The median of their durations, which are distributed log-normally.</param>
/// <param name="Sigma">The standard deviation of the logarithm of their durations.</param>
/// <param name="Outcomes">What they may come to.</param>
/// <param name="Shares">How often each of it happens.</param>
internal sealed record PhaseCourse(TimeSpan Median, double Sigma, IReadOnlyList<PhaseOutcome> Outcomes, IReadOnlyList<double> Shares)
{
    private static readonly Dictionary<RunPhase, PhaseCourse> Courses = new()
    {
        [RunPhase.Setup] = new(TimeSpan.FromMinutes(1.5), 0.6, [PhaseOutcome.Success, PhaseOutcome.Failed], [0.98, 0.02]),
        [RunPhase.Builder] = new(TimeSpan.FromMinutes(25), 1, [PhaseOutcome.Success, PhaseOutcome.Failed], [0.96, 0.04]),
        [RunPhase.Test] = new(
            TimeSpan.FromMinutes(8), 0.9, [PhaseOutcome.Success, PhaseOutcome.Failed, PhaseOutcome.Skipped], [0.72, 0.24, 0.04]),
        [RunPhase.Reviewer] = new(
            TimeSpan.FromMinutes(6), 0.8, [PhaseOutcome.Approved, PhaseOutcome.ChangesRequested, PhaseOutcome.Skipped], [0.66, 0.3, 0.04]),
        [RunPhase.Merge] = new(TimeSpan.FromMinutes(0.7), 0.7, [PhaseOutcome.Success, PhaseOutcome.Failed], [0.97, 0.03]),
    };

    /// <summary>The course of phases of a kind.</summary>
    public static PhaseCourse Of(RunPhase phase) => Courses[phase];

    /// <summary>What follows a phase; null when the run is over.</summary>
    public static (RunPhase Phase, int Iteration)? FindNext(RunPhase phase, PhaseOutcome outcome, int iteration) => (phase, outcome) switch
    {
        (RunPhase.Test, PhaseOutcome.Failed) or (_, PhaseOutcome.ChangesRequested) => (RunPhase.Builder, iteration + 1),
        (_, PhaseOutcome.Failed) or (RunPhase.Merge, _) => null,
        _ => (phase + 1, iteration),
    };
}
