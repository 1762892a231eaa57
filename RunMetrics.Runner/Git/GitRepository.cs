using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Git;

/// <summary>The repository that a run works on.</summary>
internal sealed class GitRepository
{
    // The first version whose merge-tree merges without a work tree.
    private static readonly Version OldestGit = new(2, 38);

    private GitRepository(string root, string commonFolder)
    {
        Root = root;
        CommonFolder = commonFolder;
        Git = new GitCommand(root);
    }

    /// <summary>The top of the work tree, or the repository itself when it is bare.</summary>
    public string Root { get; }

    /// <summary>What all work trees of the repository share.</summary>
    public string CommonFolder { get; }

    /// <summary>git in <see cref="Root"/>.</summary>
    public GitCommand Git { get; }

    /// <summary>Opens the repository at or around a path.</summary>
    /// <exception cref="RefusedException">There is none, or git is missing or too old.</exception>
    public static async Task<GitRepository> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(path) || !Directory.Exists(path))
        {
            throw new RefusedException($"--repo: there is no folder '{path}'; give the path of a git repository.");
        }

        var git = new GitCommand(Path.GetFullPath(path));
        await RefuseOldGitAsync(git, cancellationToken);
        var common = await git.TryAsync(cancellationToken, "rev-parse", "--path-format=absolute", "--git-common-dir");
        if (!common.Succeeded)
        {
            throw new RefusedException(
                $"--repo: {git.Folder} is not a git repository ({common.Errors.Trim()}); give the path of one, or make it one by git init.");
        }

        var top = await git.TryAsync(cancellationToken, "rev-parse", "--show-toplevel");
        return new GitRepository(top.Succeeded && top.Line.Length > 0 ? top.Line : common.Line, common.Line);
    }

    /// <summary>The branch that is checked out in <see cref="Root"/>; null when none is.</summary>
    public async Task<string?> FindCurrentBranchAsync(CancellationToken cancellationToken)
    {
        var head = await Git.TryAsync(cancellationToken, "symbolic-ref", "--quiet", "--short", "HEAD");
        return head.Succeeded ? head.Line : null;
    }

    /// <summary>The commit at the tip of a local branch; null when there is no such branch.</summary>
    public async Task<string?> FindTipAsync(string branch, CancellationToken cancellationToken)
    {
        var tip = await Git.TryAsync(cancellationToken, "rev-parse", "--verify", "--quiet", "--end-of-options", $"refs/heads/{branch}^{{commit}}");
        return tip.Succeeded ? tip.Line : null;
    }

    /// <summary>The work tree in which a branch is checked out; null when none has it.</summary>
    public async Task<GitCommand?> FindCheckoutAsync(string branch, CancellationToken cancellationToken)
    {
        var list = await Git.RunAsync(cancellationToken, "worktree", "list", "--porcelain", "-z");
        foreach (var entry in list.Output.Split("\0\0", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = entry.Split('\0');
            var folder = lines[0]["worktree ".Length..];
            if (lines.Contains($"branch refs/heads/{branch}", StringComparer.Ordinal) && Directory.Exists(folder))
            {
                return new GitCommand(folder);
            }
        }

        return null;
    }

    /// <summary>The first few files with changes that are not committed; files that git does not know are no matter.</summary>
    public static async Task<IReadOnlyList<string>> ListDirtyFilesAsync(GitCommand checkout, CancellationToken cancellationToken)
    {
        var status = await checkout.RunAsync(cancellationToken, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames");
        return [.. status.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line[3..]).Take(5)];
    }

    /// <summary>True when <paramref name="ancestor"/> is <paramref name="commit"/> or came before it.</summary>
    public async Task<bool> IsAncestorAsync(string ancestor, string commit, CancellationToken cancellationToken) =>
        (await Git.TryAsync(cancellationToken, "merge-base", "--is-ancestor", ancestor, commit)).Succeeded;

    /// <summary>The tree of a commit.</summary>
    public async Task<string> FindTreeAsync(string commit, CancellationToken cancellationToken) =>
        (await Git.RunAsync(cancellationToken, "rev-parse", "--verify", $"{commit}^{{tree}}")).Line;

    /// <summary>Makes a commit of a tree, by the configured identity or, where none is, by one of this program.</summary>
    /// <returns>The id of the commit.</returns>
    public async Task<string> CommitTreeAsync(
        string tree, IReadOnlyList<string> parents, string message, CancellationToken cancellationToken)
    {
        var author = await Git.TryAsync(cancellationToken, "var", "GIT_AUTHOR_IDENT");
        var committer = await Git.TryAsync(cancellationToken, "var", "GIT_COMMITTER_IDENT");
        string[] identity = author.Succeeded && committer.Succeeded
            ? []
            : ["-c", "user.name=RunMetrics", "-c", "user.email=runmetrics@localhost"];
        var commit = await Git.RunAsync(
            cancellationToken,
            [.. identity, "commit-tree", tree, .. parents.SelectMany(parent => new[] { "-p", parent }), "-m", message]);
        return commit.Line;
    }

    private static async Task RefuseOldGitAsync(GitCommand git, CancellationToken cancellationToken)
    {
        GitResult answer;
        try
        {
            answer = await git.TryAsync(cancellationToken, "version");
        }
        catch (GitException exception)
        {
            throw new RefusedException($"{exception.Message}. Install git {OldestGit} or newer.");
        }

        var words = answer.Line.Split(' ');
        var number = string.Join('.', words.ElementAtOrDefault(2)?.Split('.').Take(2) ?? []);
        if (!Version.TryParse(number, out var version) || version < OldestGit)
        {
            throw new RefusedException($"This machine has '{answer.Line}'; install git {OldestGit} or newer.");
        }
    }
}
