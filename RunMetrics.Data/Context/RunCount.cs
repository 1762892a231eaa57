using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>So many runs of a project with the same highest iteration, kept up to date by triggers.</summary>
internal sealed class RunCount
{
    /// <summary>The project; empty for all projects together.</summary>
    public required string ProjectId { get; init; }

    /// <summary>Their highest iteration, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>How many.</summary>
    public required long Runs { get; init; }
}

internal sealed class RunCountConfiguration : IEntityTypeConfiguration<RunCount>
{
    public void Configure(EntityTypeBuilder<RunCount> builder)
    {
        builder.ToTable("run_counts");
        builder.HasKey(count => new { count.ProjectId, count.Iteration });
        builder.Property(count => count.ProjectId).HasColumnName("project_id");
        builder.Property(count => count.Iteration).HasColumnName("iteration");
        builder.Property(count => count.Runs).HasColumnName("runs");
    }
}
