namespace RunMetrics.Runner.Git;

/// <summary>
/// Merges a commit into the base branch. The merge is made as objects alone; the branch, and the work tree that has it checked out, move to the
/// finished result at once or not at all.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="baseBranch">The branch that is merged into.</param>
/// <param name="message">The message of the merge commit, where one is needed.</param>
internal sealed class BaseMerge(GitRepository repository, string baseBranch, string message)
{
    private const int MaxAttempts = 5;
    private const int MergeTreeConflict = 1;

    /// <summary>Merges <paramref name="work"/>.</summary>
    /// <param name="work">The commit with the work.</param>
    /// <param name="baseCommit">The commit at which the run began.</param>
    /// <param name="cancellationToken">Ends the call before the base branch is moved; not while it is.</param>
    public async Task<MergeOutcome> MergeAsync(string work, string baseCommit, CancellationToken cancellationToken)
    {
        MergeOutcome? last = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var tip = await repository.FindTipAsync(baseBranch, cancellationToken);
            if (tip is null)
            {
                return new MergeOutcome(MergeResult.BaseNotMoved, Message: $"the branch {baseBranch} is gone");
            }

            var merged = await JoinAsync(tip, work, cancellationToken);
            if (merged.Commit is null)
            {
                return merged with { BaseMoved = tip != baseCommit };
            }

            if (merged.Commit == tip)
            {
                return new MergeOutcome(MergeResult.Merged, tip, BaseMoved: tip != baseCommit);
            }

            // Whoever commits to the base branch by hand holds no lock: then the merge is made again on what is there now.
            last = await PublishAsync(tip, merged.Commit, cancellationToken) with { BaseMoved = tip != baseCommit };
            if (last.Result != MergeResult.BaseNotMoved || await repository.FindTipAsync(baseBranch, CancellationToken.None) == tip)
            {
                return last;
            }
        }

        return last!;
    }

    /// <summary>A commit that has both; it is <paramref name="tip"/> itself when the work is in it already.</summary>
    private async Task<MergeOutcome> JoinAsync(string tip, string work, CancellationToken cancellationToken)
    {
        if (await repository.IsAncestorAsync(tip, work, cancellationToken))
        {
            return new MergeOutcome(MergeResult.Merged, work);
        }

        var merge = await repository.Git.TryAsync(cancellationToken, "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", tip, work);
        var lines = merge.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        if (merge.ExitCode == MergeTreeConflict)
        {
            return new MergeOutcome(MergeResult.Conflict, Conflicts: [.. lines.Skip(1)]);
        }

        if (!merge.Succeeded)
        {
            throw new GitException($"git merge-tree failed ({merge.ExitCode}): {merge.Errors.Trim()}");
        }

        return await repository.FindTreeAsync(tip, cancellationToken) == lines[0]
            ? new MergeOutcome(MergeResult.Merged, tip)
            : new MergeOutcome(MergeResult.Merged, await repository.CommitTreeAsync(lines[0], [tip, work], message, cancellationToken));
    }

    private async Task<MergeOutcome> PublishAsync(string tip, string commit, CancellationToken cancellationToken)
    {
        var checkout = await repository.FindCheckoutAsync(baseBranch, cancellationToken);
        if (checkout is not null && await GitRepository.ListDirtyFilesAsync(checkout, cancellationToken) is { Count: > 0 } dirty)
        {
            return new MergeOutcome(
                MergeResult.BaseDirty,
                Message: $"{checkout.Folder} has changes on {baseBranch} that are not committed: {string.Join(", ", dirty)}");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var moved = checkout is null
            ? await repository.Git.TryUninterruptedAsync("update-ref", $"refs/heads/{baseBranch}", commit, tip)
            : await checkout.TryUninterruptedAsync("merge", "--ff-only", "--quiet", "--no-stat", commit);
        return moved.Succeeded
            ? new MergeOutcome(MergeResult.Merged, commit)
            : new MergeOutcome(MergeResult.BaseNotMoved, Message: moved.Errors.Trim());
    }
}

/// <summary>What came of a merge.</summary>
/// <param name="Result">Which of the ways it came out.</param>
/// <param name="Commit">The tip of the base branch afterwards, where the work is in it.</param>
/// <param name="BaseMoved">True when others had moved the base branch since the run began.</param>
/// <param name="Conflicts">The files that both sides changed.</param>
/// <param name="Message">What kept the merge from happening, for a person.</param>
internal sealed record MergeOutcome(
    MergeResult Result,
    string? Commit = null,
    bool BaseMoved = false,
    IReadOnlyList<string>? Conflicts = null,
    string? Message = null);

/// <summary>The ways in which a merge comes out.</summary>
internal enum MergeResult
{
    /// <summary>The work is in the base branch.</summary>
    Merged,

    /// <summary>The base branch changed the same lines; nothing was moved.</summary>
    Conflict,

    /// <summary>The work tree with the base branch has changes that are not committed; nothing was moved.</summary>
    BaseDirty,

    /// <summary>The base branch is gone or git would not move it; nothing was moved.</summary>
    BaseNotMoved,
}
