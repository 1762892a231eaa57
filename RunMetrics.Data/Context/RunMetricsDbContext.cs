using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Context;

/// <summary>The database of recorded runs. Its schema comes from the migrations of this project alone.</summary>
internal sealed class RunMetricsDbContext(DbContextOptions<RunMetricsDbContext> options) : DbContext(options)
{
    /// <summary>The recorded runs: table <c>runs</c>.</summary>
    public DbSet<Run> Runs => Set<Run>();

    /// <summary>The recorded phases of runs: table <c>run_phase_metrics</c>.</summary>
    public DbSet<RunPhaseMetric> PhaseMetrics => Set<RunPhaseMetric>();

    /// <summary>The labels of runs: table <c>run_labels</c>.</summary>
    public DbSet<RunLabel> RunLabels => Set<RunLabel>();

    /// <summary>What is counted of each run: table <c>run_figures</c>.</summary>
    public DbSet<RunFigures> RunFigures => Set<RunFigures>();

    /// <summary>The runs by their iterations: table <c>run_counts</c>.</summary>
    public DbSet<RunCount> RunCounts => Set<RunCount>();

    /// <summary>What phases took: table <c>phase_counts</c>.</summary>
    public DbSet<PhaseCount> PhaseCounts => Set<PhaseCount>();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<RunPhase>().HaveConversion<EnumNameConverter<RunPhase>>();
        configurationBuilder.Properties<PhaseOutcome>().HaveConversion<EnumNameConverter<PhaseOutcome>>();
        configurationBuilder.Properties<RunStatus>().HaveConversion<EnumNameConverter<RunStatus>>();
        configurationBuilder.Properties<JsonElement>().HaveConversion<MetadataConverter, MetadataComparer>();
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(RunMetricsDbContext).Assembly);
}
