using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Context;

internal sealed class RunPhaseMetricConfiguration(RowChecks checks) : IEntityTypeConfiguration<RunPhaseMetric>
{
    // In the order of their names, as the first migration has them.
    private static readonly string[] Verdicts =
    [
        .. Enum.GetValues<PhaseOutcome>().Where(outcome => outcome.IsVerdict()).Select(outcome => outcome.Name()).Order(StringComparer.Ordinal),
    ];

    public void Configure(EntityTypeBuilder<RunPhaseMetric> builder)
    {
        builder.ToTable("run_phase_metrics", table =>
        {
            table.HasCheckConstraint("ck_run_phase_metrics_id", checks.Id("id"));
            table.HasCheckConstraint("ck_run_phase_metrics_phase", RowChecks.OneOf("phase", EnumNames.Of<RunPhase>().Names));
            table.HasCheckConstraint("ck_run_phase_metrics_iteration", checks.WholeNumber("iteration", PhaseMetricFact.FirstIteration));
            table.HasCheckConstraint("ck_run_phase_metrics_started_at", checks.Instant("started_at"));
            table.HasCheckConstraint(
                "ck_run_phase_metrics_ended_at",
                RowChecks.OrNull("ended_at", $"{checks.Instant("ended_at")} AND ended_at >= started_at"));
            table.HasCheckConstraint(
                "ck_run_phase_metrics_duration_seconds",
                RowChecks.OrNull("duration_seconds", checks.WholeNumber("duration_seconds", least: 0)));
            table.HasCheckConstraint(
                "ck_run_phase_metrics_outcome", RowChecks.OrNull("outcome", RowChecks.OneOf("outcome", EnumNames.Of<PhaseOutcome>().Names)));
            table.HasCheckConstraint(
                "ck_run_phase_metrics_verdict", $"outcome IS NULL OR outcome NOT IN ({RowChecks.List(Verdicts)}) OR phase = '{RunPhase.Reviewer.Name()}'");
            table.HasCheckConstraint("ck_run_phase_metrics_open_until_outcome", "outcome IS NOT NULL OR ended_at IS NULL");
            table.HasCheckConstraint("ck_run_phase_metrics_end_known_whole", "(ended_at IS NULL) = (duration_seconds IS NULL)");
            table.HasCheckConstraint(
                "ck_run_phase_metrics_metadata",
                RowChecks.OrNull("metadata", checks.JsonObject("metadata", PhaseMetadata.MaxBytes)));
        });

        builder.HasKey(metric => metric.Id);
        builder.Property(metric => metric.Id).HasColumnName("id");
        builder.Property(metric => metric.RunId).HasColumnName("run_id");
        builder.Property(metric => metric.Phase).HasColumnName("phase");
        builder.Property(metric => metric.Iteration).HasColumnName("iteration").HasDefaultValue(PhaseMetricFact.FirstIteration);
        builder.Property(metric => metric.StartedAt).HasColumnName("started_at");
        builder.Property(metric => metric.EndedAt).HasColumnName("ended_at");
        builder.Property(metric => metric.DurationSeconds).HasColumnName("duration_seconds");
        builder.Property(metric => metric.Outcome).HasColumnName("outcome");
        builder.Property(metric => metric.Metadata).HasColumnName("metadata");

        builder.HasOne<Run>().WithMany(run => run.PhaseMetrics).HasForeignKey(metric => metric.RunId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(metric => metric.RunId).HasDatabaseName("idx_run_phase_metrics_run");
    }
}
