using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Context;

/// <summary>What a phase took in a project, kept up to date by triggers. Only durations count that are known and whose phase was not skipped.</summary>
internal sealed class PhaseCount
{
    /// <summary>The project; empty for all projects together.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The phase.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>How many durations count.</summary>
    public required long Durations { get; init; }

    /// <summary>The sum of the durations that count.</summary>
    public required long TotalSeconds { get; init; }
}

internal sealed class PhaseCountConfiguration : IEntityTypeConfiguration<PhaseCount>
{
    public void Configure(EntityTypeBuilder<PhaseCount> builder)
    {
        builder.ToTable("phase_counts");
        builder.HasKey(count => new { count.ProjectId, count.Phase });
        builder.Property(count => count.ProjectId).HasColumnName("project_id");
        builder.Property(count => count.Phase).HasColumnName("phase");
        builder.Property(count => count.Durations).HasColumnName("durations");
        builder.Property(count => count.TotalSeconds).HasColumnName("total_seconds");
    }
}
