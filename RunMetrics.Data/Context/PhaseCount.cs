using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>
/// The phases of a series by their outcome, and the moments of the durations that count; or those of the ended runs of a project. Kept by triggers.
/// </summary>
internal sealed class PhaseCount
{
    /// <summary>The number of the project times 64, and 0 for ended runs or else 1 to 55 for the phases in their order with eleven iterations each.</summary>
    public required long Series { get; init; }

    /// <summary>How many are open.</summary>
    public required long Open { get; init; }

    /// <summary>How many came out as <c>success</c>.</summary>
    public required long Success { get; init; }

    /// <summary>How many came out as <c>failed</c>.</summary>
    public required long Failed { get; init; }

    /// <summary>How many came out as <c>changes_requested</c>.</summary>
    public required long ChangesRequested { get; init; }

    /// <summary>How many came out as <c>approved</c>.</summary>
    public required long Approved { get; init; }

    /// <summary>How many came out as <c>skipped</c>.</summary>
    public required long Skipped { get; init; }

    /// <summary>How many durations count.</summary>
    public required long Durations { get; init; }

    /// <summary>Their sum.</summary>
    public required long TotalSeconds { get; init; }

    /// <summary>Of the sum of their squares, the part that counts once.</summary>
    public required long Squares0 { get; init; }

    /// <summary>Of the sum of their squares, the part that counts 2^32 times.</summary>
    public required long Squares32 { get; init; }

    /// <summary>Of the sum of their squares, the part that counts 2^62 times.</summary>
    public required long Squares62 { get; init; }
}

internal sealed class PhaseCountConfiguration : IEntityTypeConfiguration<PhaseCount>
{
    public void Configure(EntityTypeBuilder<PhaseCount> builder)
    {
        builder.ToTable("phase_counts");
        builder.HasKey(count => count.Series);
        builder.Property(count => count.Series).HasColumnName("series");
        builder.Property(count => count.Open).HasColumnName("open");
        builder.Property(count => count.Success).HasColumnName("success");
        builder.Property(count => count.Failed).HasColumnName("failed");
        builder.Property(count => count.ChangesRequested).HasColumnName("changes_requested");
        builder.Property(count => count.Approved).HasColumnName("approved");
        builder.Property(count => count.Skipped).HasColumnName("skipped");
        builder.Property(count => count.Durations).HasColumnName("durations");
        builder.Property(count => count.TotalSeconds).HasColumnName("total_seconds");
        builder.Property(count => count.Squares0).HasColumnName("squares_0");
        builder.Property(count => count.Squares32).HasColumnName("squares_32");
        builder.Property(count => count.Squares62).HasColumnName("squares_62");
    }
}
