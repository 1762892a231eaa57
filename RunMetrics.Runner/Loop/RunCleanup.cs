using RunMetrics.Runner.Git;
using RunMetrics.Runner.Phases;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>Takes away what a run leaves behind, and keeps work that was not merged, which somebody may still want.</summary>
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
            var kept = status == RunStatus.Succeeded ? null : await CommitWorkAsync(run);
            await run.Worktree.RemoveAsync(CancellationToken.None);
            if (kept is not null)
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

    /// <summary>
    /// Lets a run start again from its base. Of what builders did before, nothing that is recorded tells whether it was tested: it is no
    /// part of the run any more, and stays on a branch of its own.
    /// </summary>
    /// <exception cref="GitException">git could not; nothing of the work is lost.</exception>
    public static async Task ResetAsync(RunContext run)
    {
        if (run.State is { BuilderTree: null, WorkTree: null })
        {
            return;
        }

        var note = "no finished phase is recorded: the run starts again from the base";
        if (await CommitWorkAsync(run) is { } commit)
        {
            var branch = $"{run.Plan.Branch}-before-{commit[..8]}";
            await run.Repository.Git.RunAsync(CancellationToken.None, "update-ref", $"refs/heads/{branch}", commit);
            note += $", and the branch {branch} keeps the work from before";
        }

        run.Update(state => state with { BuilderTree = null, WorkTree = null });
        run.Display.Note(note);
    }

    /// <summary>Commits what builders have done to the branch of the run.</summary>
    /// <returns>The commit; null when there is no such work.</returns>
    private static async Task<string?> CommitWorkAsync(RunContext run)
    {
        // A worktree that setup did not finish has no work in it.
        if (!File.Exists(Path.Combine(run.Worktree.Folder, ".git")))
        {
            return null;
        }

        await run.GatherBuilderWorkAsync(CancellationToken.None);
        if (run.State.WorkTree is not { } tree
            || tree == await run.Repository.FindTreeAsync(run.Plan.BaseCommit, CancellationToken.None))
        {
            return null;
        }

        var message = $"{run.Plan.WorkOrderId}: work of run {run.Plan.RunId}, not merged";
        return await run.Worktree.CommitAsync(tree, run.Plan.BaseCommit, message, CancellationToken.None);
    }
}
