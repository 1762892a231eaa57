using RunMetrics.Runner.Git;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>Commits the work and merges it into the base branch. Whoever calls it holds the <see cref="MergeLock"/>.</summary>
internal sealed class MergePhase(RunContext run)
{
    private const int MaxConflictsNoted = 20;

    // Paths may be long, and metadata may not.
    private const int MaxPathLength = 100;

    /// <summary>Works the phase.</summary>
    public async Task<PhaseOutcome> WorkAsync(PhaseNotes notes, CancellationToken cancellationToken)
    {
        var plan = run.Plan;
        var baseTree = await run.Repository.FindTreeAsync(plan.BaseCommit, cancellationToken);
        var tree = run.State.WorkTree ?? baseTree;
        if (tree == baseTree)
        {
            notes.Set(PhaseNotes.Reason, FailureReasons.NothingChanged);
            return PhaseOutcome.Skipped;
        }

        var message = $"{plan.WorkOrderId}: work of run {plan.RunId}";
        var commit = await run.Worktree.CommitAsync(tree, plan.BaseCommit, message, cancellationToken);
        notes.Set(await ChangeSize.BetweenAsync(run.Repository.Git, plan.BaseCommit, commit, cancellationToken));

        var merge = new BaseMerge(run.Repository, plan.BaseBranch, $"{plan.WorkOrderId}: merge of run {plan.RunId}");
        var outcome = await merge.MergeAsync(commit, plan.BaseCommit, cancellationToken);
        Note(outcome, notes);
        return outcome.Result == MergeResult.Merged ? PhaseOutcome.Success : PhaseOutcome.Failed;
    }

    private static void Note(MergeOutcome outcome, PhaseNotes notes)
    {
        notes.Set("base_moved", outcome.BaseMoved);
        if (outcome.Commit is { } commit)
        {
            notes.Set("commit", commit);
        }

        if (outcome.Conflicts is { } conflicts)
        {
            notes.Set("conflicts", conflicts.Take(MaxConflictsNoted).Select(path => path[..Math.Min(path.Length, MaxPathLength)]).ToArray());
        }

        if (outcome.Message is { } message)
        {
            notes.SetText("message", message);
        }

        if (outcome.Result != MergeResult.Merged)
        {
            notes.Set(PhaseNotes.Reason, outcome.Result switch
            {
                MergeResult.Conflict => FailureReasons.Conflict,
                MergeResult.BaseDirty => FailureReasons.BaseDirty,
                _ => FailureReasons.BaseNotMoved,
            });
        }
    }
}
