using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Context;

/// <summary>The database of recorded runs. What it is called in the database, and its schema, comes from the migrations alone.</summary>
/// <remarks>Each database has a class of its own, with the types of its columns and the migrations to them.</remarks>
internal abstract class RunMetricsDbContext(DbContextOptions options) : DbContext(options)
{
    /// <summary>The recorded runs: table <c>runs</c>.</summary>
    public DbSet<Run> Runs => Set<Run>();

    /// <summary>The recorded phases of runs: table <c>run_phase_metrics</c>.</summary>
    public DbSet<RunPhaseMetric> PhaseMetrics => Set<RunPhaseMetric>();

    /// <summary>The labels of runs: table <c>run_labels</c>.</summary>
    public DbSet<RunLabel> RunLabels => Set<RunLabel>();

    /// <summary>What is counted of each run: table <c>run_figures</c>.</summary>
    public DbSet<RunFigures> RunFigures => Set<RunFigures>();

    /// <summary>The projects that have runs: table <c>project_counts</c>.</summary>
    public DbSet<ProjectCount> ProjectCounts => Set<ProjectCount>();

    /// <summary>The runs by all that statistics ask of them but durations: table <c>run_counts</c>.</summary>
    public DbSet<RunCount> RunCounts => Set<RunCount>();

    /// <summary>The phases by their outcome, and the moments of their durations: table <c>phase_counts</c>.</summary>
    public DbSet<PhaseCount> PhaseCounts => Set<PhaseCount>();

    /// <summary>The durations by their digits: table <c>duration_counts</c>.</summary>
    public DbSet<DurationCount> DurationCounts => Set<DurationCount>();

    /// <summary>The changes of runs that are not counted yet: view <c>run_changes</c>.</summary>
    public DbSet<RunChange> RunChanges => Set<RunChange>();

    /// <summary>The changes of phases that are not counted yet: view <c>phase_changes</c>.</summary>
    public DbSet<PhaseChange> PhaseChanges => Set<PhaseChange>();

    /// <summary>The rules of rows in the SQL of the database.</summary>
    protected abstract RowChecks Checks { get; }

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<RunPhase>().HaveConversion<EnumNameConverter<RunPhase>>();
        configurationBuilder.Properties<PhaseOutcome>().HaveConversion<EnumNameConverter<PhaseOutcome>>();
        configurationBuilder.Properties<RunStatus>().HaveConversion<EnumNameConverter<RunStatus>>();
        configurationBuilder.Properties<JsonElement>().HaveConversion<MetadataConverter, MetadataComparer>();
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder
        .ApplyConfiguration(new RunConfiguration(Checks))
        .ApplyConfiguration(new RunLabelConfiguration(Checks))
        .ApplyConfiguration(new RunPhaseMetricConfiguration(Checks))
        .ApplyConfiguration(new RunFiguresConfiguration())
        .ApplyConfiguration(new ProjectCountConfiguration())
        .ApplyConfiguration(new RunCountConfiguration())
        .ApplyConfiguration(new PhaseCountConfiguration())
        .ApplyConfiguration(new DurationCountConfiguration())
        .ApplyConfiguration(new RunChangeConfiguration())
        .ApplyConfiguration(new PhaseChangeConfiguration());
}
