using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>Lets the reviewer judge the work. What a reviewer that requests changes says is the feedback for the next builder.</summary>
internal sealed class ReviewerWork(RunWork work) : IPhaseWork
{
    private const int Approved = 0;
    private const int ChangesRequested = 1;

    /// <inheritdoc />
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        var review = await work.RunCommandAsync(work.Plan.ReviewerCommand, "reviewer", step, cancellationToken);
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
