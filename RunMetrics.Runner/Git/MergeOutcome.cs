namespace RunMetrics.Runner.Git;

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
