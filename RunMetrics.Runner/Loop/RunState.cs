using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>What must outlive the program that works a run, beside what is recorded of it.</summary>
internal sealed record RunState
{
    /// <summary>What the run is to do.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>The command that runs, or ran last.</summary>
    public ProcessIdentity? Child { get; init; }

    /// <summary>The tree of the worktree before the builder that is at work, or that was lost; null while none is.</summary>
    public string? BuilderTree { get; init; }

    /// <summary>The tree of the base commit with all that builders have changed; null before the first of them is done.</summary>
    public string? WorkTree { get; init; }
}
