using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Git;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>Commits the work and merges it into the base branch. Whoever calls it has the turn to merge.</summary>
internal sealed class MergeWork(RunWork work) : IPhaseWork
{
    private const int MaxConflictsNoted = 20;

    // Paths may be long, and metadata may not.
    private const int MaxPathLength = 100;

    /// <inheritdoc />
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        var plan = work.Plan;
        var baseTree = await work.Repository.FindTreeAsync(plan.BaseCommit, cancellationToken);
        var tree = work.Journal.State.WorkTree ?? baseTree;
        if (tree == baseTree)
        {
            notes.Set(PhaseNotes.Reason, FailureReasons.NothingChanged);
            return PhaseOutcome.Skipped;
        }

        var message = $"{plan.WorkOrderId}: work of run {plan.RunId}";
        var commit = await work.Worktree.CommitAsync(tree, plan.BaseCommit, message, cancellationToken);
        notes.Set(await ChangeSize.BetweenAsync(work.Repository.Git, plan.BaseCommit, commit, cancellationToken));

        var merge = new BaseMerge(work.Repository, plan.BaseBranch, $"{plan.WorkOrderId}: merge of run {plan.RunId}");
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
