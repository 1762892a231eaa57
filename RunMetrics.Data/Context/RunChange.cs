using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>A run that came or went, or came to stand elsewhere, since changes were counted.</summary>
internal sealed class RunChange
{
    /// <summary>The number of the project.</summary>
    public required long Project { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Its highest iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>True if a reviewer has given a verdict.</summary>
    public required bool HasVerdict { get; init; }

    /// <summary>True if a phase of iteration 1 was approved.</summary>
    public required bool IsApprovedAtFirst { get; init; }

    /// <summary>What its phases took together.</summary>
    public required long TotalSeconds { get; init; }

    /// <summary>1 or -1.</summary>
    public required long Change { get; init; }
}

internal sealed class RunChangeConfiguration : IEntityTypeConfiguration<RunChange>
{
    public void Configure(EntityTypeBuilder<RunChange> builder)
    {
        builder.ToView("run_changes");
        builder.HasNoKey();
        builder.Property(change => change.Project).HasColumnName("project");
        builder.Property(change => change.Status).HasColumnName("status");
        builder.Property(change => change.Iteration).HasColumnName("iteration");
        builder.Property(change => change.HasVerdict).HasColumnName("has_verdict");
        builder.Property(change => change.IsApprovedAtFirst).HasColumnName("is_approved_at_first");
        builder.Property(change => change.TotalSeconds).HasColumnName("total_seconds");
        builder.Property(change => change.Change).HasColumnName("change");
    }
}
