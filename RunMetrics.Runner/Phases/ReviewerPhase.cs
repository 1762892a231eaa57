using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>Lets the reviewer judge the work. What one that requests changes says is the feedback for the next builder.</summary>
internal sealed class ReviewerPhase(RunContext run)
{
    private const int Approved = 0;
    private const int ChangesRequested = 1;

    /// <summary>Works the phase.</summary>
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        var review = await run.RunCommandAsync(run.Plan.ReviewerCommand, "reviewer", step, cancellationToken);
        notes.Set("exit_code", review.ExitCode);
        switch (review.ExitCode)
        {
            case Approved:
                return PhaseOutcome.Approved;
            case ChangesRequested:
                return PhaseOutcome.ChangesRequested;
            default:
                notes.Set(PhaseNotes.Reason, FailureReasons.CommandFailed);
                return PhaseOutcome.Failed;
        }
    }
}
