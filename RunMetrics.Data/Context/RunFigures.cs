using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>What is counted of a run, kept up to date by triggers.</summary>
internal sealed class RunFigures
{
    /// <summary>The id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>The number of the project in which it counts.</summary>
    public required long Project { get; init; }

    /// <summary>Where the run stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The highest iteration seen, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The sum of every known duration of its phases, in seconds.</summary>
    public required long TotalSeconds { get; init; }

    /// <summary>How many of its phases have a verdict of a reviewer.</summary>
    public required long Verdicts { get; init; }

    /// <summary>How many of its phases were approved in iteration 1.</summary>
    public required long FirstApprovals { get; init; }
}

internal sealed class RunFiguresConfiguration : IEntityTypeConfiguration<RunFigures>
{
    public void Configure(EntityTypeBuilder<RunFigures> builder)
    {
        // No foreign key: the row outlives its run while a cascade deletes the phases.
        builder.ToTable("run_figures");
        builder.HasKey(figures => figures.RunId);
        builder.Property(figures => figures.RunId).HasColumnName("run_id");
        builder.Property(figures => figures.Project).HasColumnName("project");
        builder.Property(figures => figures.Iteration).HasColumnName("iteration");
        builder.Property(figures => figures.Status).HasColumnName("status");
        builder.Property(figures => figures.TotalSeconds).HasColumnName("total_seconds");
        builder.Property(figures => figures.Verdicts).HasColumnName("verdicts");
        builder.Property(figures => figures.FirstApprovals).HasColumnName("first_approvals");
    }
}
