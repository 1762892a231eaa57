namespace RunMetrics.Runner.Git;

/// <summary>The work tree and branch of one run, apart from those of the user.</summary>
/// <param name="repository">The repository.</param>
/// <param name="folder">Where the work tree is.</param>
/// <param name="branch">The branch of the run.</param>
/// <param name="indexFile">An index of our own, so that looking at the work tree changes nothing in it.</param>
internal sealed class RunWorktree(GitRepository repository, string folder, string branch, string indexFile)
{
    /// <summary>git in the work tree.</summary>
    public GitCommand Git { get; } = new(folder);

    /// <summary>The branch of the run.</summary>
    public string Branch => branch;

    /// <summary>Where the work tree is.</summary>
    public string Folder => folder;

    /// <summary>Makes the work tree and the branch at a commit, in place of what an attempt that was lost has left.</summary>
    /// <exception cref="GitException">git could not.</exception>
    public async Task CreateAsync(string commit, CancellationToken cancellationToken)
    {
        await RemoveAsync(cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        await repository.Git.RunAsync(cancellationToken, "worktree", "add", "--quiet", "--no-track", "-B", branch, folder, commit);
    }

    /// <summary>The tree of all that is in the work tree and not ignored, committed or not.</summary>
    /// <returns>The id of the tree.</returns>
    public async Task<string> WriteTreeAsync(CancellationToken cancellationToken)
    {
        await SeedIndexAsync(cancellationToken);
        var git = WithIndex(indexFile);
        await git.RunAsync(cancellationToken, "add", "--all");
        return (await git.RunAsync(cancellationToken, "write-tree")).Line;
    }

    /// <summary>Does to a tree what was done between two others: every file that differs between them becomes what it is in the later one.</summary>
    /// <param name="tree">The tree to start from.</param>
    /// <param name="before">The earlier of the two.</param>
    /// <param name="after">The later of the two.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The id of the tree that results.</returns>
    public async Task<string> ApplyAsync(string tree, string before, string after, CancellationToken cancellationToken)
    {
        var changes = await Git.RunAsync(cancellationToken, "diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", before, after);
        var git = WithIndex($"{indexFile}.work");
        await git.RunAsync(cancellationToken, "read-tree", tree);
        await git.FeedAsync(ToIndexInfo(changes.Output), cancellationToken, "update-index", "-z", "--index-info");
        return (await git.RunAsync(cancellationToken, "write-tree")).Line;
    }

    /// <summary>Commits a tree on top of what is committed in the work tree, and puts the branch onto it.</summary>
    /// <param name="tree">What is to be committed.</param>
    /// <param name="baseCommit">The commit at which the work started.</param>
    /// <param name="message">The message of the commit.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The commit; the last one of the work tree when it has that tree already.</returns>
    public async Task<string> CommitAsync(string tree, string baseCommit, string message, CancellationToken cancellationToken)
    {
        var commit = (await Git.RunAsync(cancellationToken, "rev-parse", "--verify", "HEAD^{commit}")).Line;
        if (!await repository.IsAncestorAsync(baseCommit, commit, cancellationToken))
        {
            commit = baseCommit;
        }

        if (await repository.FindTreeAsync(commit, cancellationToken) != tree)
        {
            commit = await repository.CommitTreeAsync(tree, [commit], message, cancellationToken);
        }

        await repository.Git.RunAsync(cancellationToken, "update-ref", $"refs/heads/{branch}", commit);
        return commit;
    }

    /// <summary>Removes the work tree, and leaves the branch.</summary>
    /// <exception cref="GitException">git could not.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        File.Delete(indexFile);
        File.Delete($"{indexFile}.work");
        if (Directory.Exists(folder)
            && (await repository.Git.TryAsync(cancellationToken, "worktree", "remove", "--force", "--force", folder)).Succeeded)
        {
            return;
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        // A work tree is locked while git makes it, and stays so when git was killed at that.
        await repository.Git.TryAsync(cancellationToken, "worktree", "unlock", folder);
        await repository.Git.RunAsync(cancellationToken, "worktree", "prune");
    }

    /// <summary>Deletes the branch.</summary>
    public Task DeleteBranchAsync(CancellationToken cancellationToken) =>
        repository.Git.TryAsync(cancellationToken, "update-ref", "-d", $"refs/heads/{branch}");

    /// <summary>Copies what git knows of the work tree's files, so that not every one is read for the first tree.</summary>
    private async Task SeedIndexAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(indexFile))
        {
            return;
        }

        var index = await Git.RunAsync(cancellationToken, "rev-parse", "--path-format=absolute", "--git-path", "index");
        if (File.Exists(index.Line))
        {
            File.Copy(index.Line, indexFile);
        }
    }

    /// <summary>Turns <c>:oldmode newmode oldid newid status NUL path NUL</c> into <c>newmode newid TAB path NUL</c>; mode 0 removes.</summary>
    private static string ToIndexInfo(string raw)
    {
        var fields = raw.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(fields.Chunk(2).Select(change =>
        {
            var words = change[0].Split(' ');
            return $"{words[1]} {words[3]}\t{change[1]}\0";
        }));
    }

    private GitCommand WithIndex(string file) =>
        new(folder, new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_INDEX_FILE"] = file });
}
