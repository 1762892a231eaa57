using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Runs;

/// <summary>What a run is to do. It is settled before the run starts and does not change, not even when the run is resumed.</summary>
internal sealed record RunPlan
{
    /// <summary>The id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>The project that the run is recorded for.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The work order that the run works on.</summary>
    public required string WorkOrderId { get; init; }

    /// <summary>What the run is recorded with to tell it from others; null for nothing.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The full path of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>The branch that the work starts from and is merged into.</summary>
    public required string BaseBranch { get; init; }

    /// <summary>The commit of <see cref="BaseBranch"/> that the work starts from.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>The branch of the run.</summary>
    public required string Branch { get; init; }

    /// <summary>The shell command that prepares the worktree, if any.</summary>
    public string? SetupCommand { get; init; }

    /// <summary>The shell command that does the work.</summary>
    public required string BuilderCommand { get; init; }

    /// <summary>The shell command that tests the work: exit code 0 when the tests pass.</summary>
    public required string TestCommand { get; init; }

    /// <summary>The shell command that reviews the work: exit code 0 approved, 1 changes requested.</summary>
    public required string ReviewerCommand { get; init; }

    /// <summary>How many iterations the run may take, from 1.</summary>
    public required int MaxIterations { get; init; }

    /// <summary>How long one phase may take.</summary>
    public required TimeSpan PhaseTimeout { get; init; }

    /// <summary>Where the run is recorded.</summary>
    public required RecordingLocation RecordedTo { get; init; }
}

/// <summary>What a person asks for, before it is known whether it can be done.</summary>
internal sealed record RunRequest
{
    /// <summary>A path in the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>The work order.</summary>
    public required string WorkOrderId { get; init; }

    /// <summary>The project; named after the folder of the repository when null.</summary>
    public string? ProjectId { get; init; }

    /// <summary>What the run is recorded with to tell it from others; null for nothing.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The branch to start from and to merge into; the one that is checked out when null.</summary>
    public string? BaseBranch { get; init; }

    /// <summary>The setup command, if any.</summary>
    public string? SetupCommand { get; init; }

    /// <summary>The builder command.</summary>
    public required string BuilderCommand { get; init; }

    /// <summary>The test command.</summary>
    public required string TestCommand { get; init; }

    /// <summary>The reviewer command.</summary>
    public required string ReviewerCommand { get; init; }

    /// <summary>How many iterations the run may take.</summary>
    public required int MaxIterations { get; init; }

    /// <summary>How long one phase may take.</summary>
    public required TimeSpan PhaseTimeout { get; init; }
}
