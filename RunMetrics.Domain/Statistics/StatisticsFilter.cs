using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Statistics;

/// <summary>Which runs and phases count. What is null limits nothing.</summary>
public sealed record StatisticsFilter
{
    /// <summary>The project of the runs.</summary>
    public string? ProjectId { get; init; }

    /// <summary>The work order of the runs.</summary>
    public string? WorkOrderId { get; init; }

    /// <summary>Where the runs stand, or stood at <see cref="AsOf"/>.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>The earliest start of a run, inclusive.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest start of a run, exclusive.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>
    /// Only what had happened by this instant: a run counts if it had started, and is running if it had not ended; a phase counts if it had
    /// started, and is open if it ended later. A closed phase whose end is unknown counts as closed.
    /// </summary>
    public DateTimeOffset? AsOf { get; init; }
}
