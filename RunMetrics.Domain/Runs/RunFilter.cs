namespace RunMetrics.Domain.Runs;

/// <summary>Which runs are meant. What is null or empty limits nothing.</summary>
public sealed record RunFilter
{
    /// <summary>The project of the runs.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The work order of the runs.</summary>
    public string? WorkOrderId { get; init; }

    /// <summary>Where the runs stand; in a question about an earlier instant, where they stood then.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>The earliest start of a run, inclusive.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest start of a run, exclusive.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Labels by name and value, all of which a run has. Two values of one name no run has.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
}
