namespace RunMetrics.Runner.Loop;

/// <summary>What stands as <c>reason</c> in the metadata of a phase that did not come out well, or was skipped.</summary>
internal static class FailureReasons
{
    /// <summary>A signal called the run off.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The phase took longer than it may; what it ran was ended.</summary>
    public const string Timeout = "timeout";

    /// <summary>The command ended with another exit code than 0.</summary>
    public const string CommandFailed = "command_failed";

    /// <summary>The test command ended with another exit code than 0.</summary>
    public const string TestsFailed = "tests_failed";

    /// <summary>git failed where it should not.</summary>
    public const string GitFailed = "git_failed";

    /// <summary>A file of the run could not be read or written.</summary>
    public const string FilesFailed = "files_failed";

    /// <summary>The base branch changed the same lines.</summary>
    public const string Conflict = "conflict";

    /// <summary>The work tree of the base branch has changes that are not committed.</summary>
    public const string BaseDirty = "base_dirty";

    /// <summary>git would not move the base branch.</summary>
    public const string BaseNotMoved = "base_not_moved";

    /// <summary>There is no change to merge.</summary>
    public const string NothingChanged = "nothing_changed";
}
