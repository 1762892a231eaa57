using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>So many runs of a project that agree in all that statistics ask of them but their durations. Kept by triggers.</summary>
internal sealed class RunCount
{
    /// <summary>The number of the project; 0 for all projects together.</summary>
    public required long Project { get; init; }

    /// <summary>Where they stand.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>Their highest iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>True if a reviewer has given a verdict.</summary>
    public required bool HasVerdict { get; init; }

    /// <summary>True if a phase of iteration 1 was approved.</summary>
    public required bool IsApprovedAtFirst { get; init; }

    /// <summary>How many.</summary>
    public required long Runs { get; init; }
}

internal sealed class RunCountConfiguration : IEntityTypeConfiguration<RunCount>
{
    public void Configure(EntityTypeBuilder<RunCount> builder)
    {
        builder.ToTable("run_counts");
        builder.HasKey(count => new { count.Project, count.Status, count.Iteration, count.HasVerdict, count.IsApprovedAtFirst });
        builder.Property(count => count.Project).HasColumnName("project");
        builder.Property(count => count.Status).HasColumnName("status");
        builder.Property(count => count.Iteration).HasColumnName("iteration");
        builder.Property(count => count.HasVerdict).HasColumnName("has_verdict");
        builder.Property(count => count.IsApprovedAtFirst).HasColumnName("is_approved_at_first");
        builder.Property(count => count.Runs).HasColumnName("runs");
    }
}
