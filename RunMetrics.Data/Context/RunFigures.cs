using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>What is counted of a run, kept up to date by triggers.</summary>
internal sealed class RunFigures
{
    /// <summary>The id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>The project in which it counts.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The highest iteration seen, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The sum of every known duration of its phases, in seconds.</summary>
    public required long TotalSeconds { get; init; }
}

internal sealed class RunFiguresConfiguration : IEntityTypeConfiguration<RunFigures>
{
    public void Configure(EntityTypeBuilder<RunFigures> builder)
    {
        // No foreign key: the row outlives its run while a cascade deletes the phases.
        builder.ToTable("run_figures");
        builder.HasKey(figures => figures.RunId);
        builder.Property(figures => figures.RunId).HasColumnName("run_id");
        builder.Property(figures => figures.ProjectId).HasColumnName("project_id");
        builder.Property(figures => figures.Iteration).HasColumnName("iteration");
        builder.Property(figures => figures.TotalSeconds).HasColumnName("total_seconds");
    }
}
