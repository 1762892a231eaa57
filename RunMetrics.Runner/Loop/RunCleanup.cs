using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Phases;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>Takes away what a run leaves behind, and keeps what somebody may still want: work that was not merged, on the branch of the run.</summary>
internal static class RunCleanup
{
    /// <summary>Ends what still runs, removes the worktree and settles the branch. A failure is shown and not thrown.</summary>
    /// <param name="run">The run.</param>
    /// <param name="status">How the run ended.</param>
    public static async Task CleanAsync(RunContext run, RunStatus status)
    {
        try
        {
            ProcessTree.EndMarked(run.Mark);
            var kept = status != RunStatus.Succeeded && await TryKeepWorkAsync(run);
            await run.Worktree.RemoveAsync(CancellationToken.None);
            if (kept)
            {
                run.Display.Note($"the branch {run.Plan.Branch} keeps the work that was not merged");
            }
            else
            {
                await run.Worktree.DeleteBranchAsync(CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is GitException or IOException or UnauthorizedAccessException)
        {
            run.Display.Note($"the worktree {run.Worktree.Folder} could not be removed: {exception.Message}");
        }
    }

    private static async Task<bool> TryKeepWorkAsync(RunContext run)
    {
        // A worktree that setup did not finish has no work in it.
        if (!File.Exists(Path.Combine(run.Worktree.Folder, ".git")))
        {
            return false;
        }

        await run.GatherBuilderWorkAsync(CancellationToken.None);
        if (run.State.WorkTree is not { } tree
            || tree == await run.Repository.FindTreeAsync(run.Plan.BaseCommit, CancellationToken.None))
        {
            return false;
        }

        var message = $"{run.Plan.WorkOrderId}: work of run {run.Plan.RunId}, not merged";
        await run.Worktree.CommitAsync(tree, run.Plan.BaseCommit, message, CancellationToken.None);
        return true;
    }
}
