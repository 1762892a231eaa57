namespace RunMetrics.Runner.Git;

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
