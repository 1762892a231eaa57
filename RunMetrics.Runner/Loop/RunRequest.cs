namespace RunMetrics.Runner.Loop;

/// <summary>What a person asks for, before it is known whether it can be done.</summary>
internal sealed record RunRequest
{
    /// <summary>A path in the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>The work order.</summary>
    public required string WorkOrderId { get; init; }

    /// <summary>The project; named after the folder of the repository when null.</summary>
    public string? ProjectId { get; init; }

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
