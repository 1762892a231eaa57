using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>A project that has runs. Kept by triggers.</summary>
internal sealed class ProjectCount
{
    /// <summary>The number of the project, from 1.</summary>
    public required long Project { get; init; }

    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>How many runs it has.</summary>
    public required long Runs { get; init; }
}

internal sealed class ProjectCountConfiguration : IEntityTypeConfiguration<ProjectCount>
{
    public void Configure(EntityTypeBuilder<ProjectCount> builder)
    {
        builder.ToTable("project_counts");
        builder.HasKey(count => count.Project);
        builder.Property(count => count.Project).HasColumnName("project");
        builder.Property(count => count.ProjectId).HasColumnName("project_id");
        builder.Property(count => count.Runs).HasColumnName("runs");
    }
}
