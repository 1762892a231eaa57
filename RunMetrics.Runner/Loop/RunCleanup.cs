using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>Takes away what a run leaves behind, and keeps what somebody may still want: work that was not merged, on the branch of the run.</summary>
internal static class RunCleanup
{
    /// <summary>Ends what still runs, removes the worktree and settles the branch. A failure is shown and not thrown.</summary>
    /// <param name="work">The run.</param>
    /// <param name="status">How the run ended.</param>
    public static async Task CleanAsync(RunWork work, RunStatus status)
    {
        try
        {
            ProcessTree.EndMarked(work.Mark);
            var kept = status != RunStatus.Succeeded && await TryKeepWorkAsync(work);
            await work.Worktree.RemoveAsync(CancellationToken.None);
            if (kept)
            {
                work.Display.Note($"the branch {work.Plan.Branch} keeps the work that was not merged");
            }
            else
            {
                await work.Worktree.DeleteBranchAsync(CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is GitException or IOException or UnauthorizedAccessException)
        {
            work.Display.Note($"the worktree {work.Worktree.Folder} could not be removed: {exception.Message}");
        }
    }

    private static async Task<bool> TryKeepWorkAsync(RunWork work)
    {
        // A worktree that setup did not finish has no work in it.
        if (!File.Exists(Path.Combine(work.Worktree.Folder, ".git")))
        {
            return false;
        }

        await work.GatherBuilderWorkAsync(CancellationToken.None);
        if (work.Journal.State.WorkTree is not { } tree
            || tree == await work.Repository.FindTreeAsync(work.Plan.BaseCommit, CancellationToken.None))
        {
            return false;
        }

        var message = $"{work.Plan.WorkOrderId}: work of run {work.Plan.RunId}, not merged";
        await work.Worktree.CommitAsync(tree, work.Plan.BaseCommit, message, CancellationToken.None);
        return true;
    }
}
