using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RunMetrics.Data.Context;

/// <summary>A phase that came or went since changes were counted.</summary>
internal sealed class PhaseChange
{
    /// <summary>The series to which it belongs.</summary>
    public required long Series { get; init; }

    /// <summary>How it came out; null if it is open.</summary>
    public required PhaseOutcome? Outcome { get; init; }

    /// <summary>Its duration if that counts.</summary>
    public required long? Seconds { get; init; }

    /// <summary>1 or -1.</summary>
    public required long Change { get; init; }
}

internal sealed class PhaseChangeConfiguration : IEntityTypeConfiguration<PhaseChange>
{
    public void Configure(EntityTypeBuilder<PhaseChange> builder)
    {
        builder.ToView("phase_changes");
        builder.HasNoKey();
        builder.Property(change => change.Series).HasColumnName("series");
        builder.Property(change => change.Outcome).HasColumnName("outcome");
        builder.Property(change => change.Seconds).HasColumnName("seconds");
        builder.Property(change => change.Change).HasColumnName("change");
    }
}
