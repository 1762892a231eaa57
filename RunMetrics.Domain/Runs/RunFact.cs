using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>The fact that a run exists and where it stands.</summary>
public sealed record RunFact : Fact
{
    /// <summary>The project, usually a repository: see <see cref="Identifiers.AcceptedProject"/>.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The work order that the run works on: see <see cref="Identifiers.Accepted"/>.</summary>
    public string? WorkOrderId { get; init; }

    /// <summary>A <see cref="Vocabulary.RunStatus"/> by its name; <c>running</c> when null.</summary>
    public string? Status { get; init; }

    /// <summary>When the run started; the time of recording when null.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the run ended, not before <see cref="StartedAt"/>; the time of recording when null and the status is final.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}
