using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>So many durations of a series that begin with the same digits to the base of 64. Kept by triggers.</summary>
internal sealed class DurationCount
{
    /// <summary>The <see cref="PhaseCount"/> whose durations they are.</summary>
    public required long Series { get; init; }

    /// <summary>The digits before, as a number, and how many digits follow.</summary>
    public required long Node { get; init; }

    /// <summary>The digit, from 0 to 63.</summary>
    public required int Digit { get; init; }

    /// <summary>How many durations.</summary>
    public required long Durations { get; init; }
}

internal sealed class DurationCountConfiguration : IEntityTypeConfiguration<DurationCount>
{
    public void Configure(EntityTypeBuilder<DurationCount> builder)
    {
        builder.ToTable("duration_counts");
        builder.HasKey(count => new { count.Series, count.Node, count.Digit });
        builder.Property(count => count.Series).HasColumnName("series");
        builder.Property(count => count.Node).HasColumnName("node");
        builder.Property(count => count.Digit).HasColumnName("digit");
        builder.Property(count => count.Durations).HasColumnName("durations");
    }
}
