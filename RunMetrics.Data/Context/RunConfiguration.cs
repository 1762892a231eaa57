using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Context;

internal sealed class RunConfiguration : IEntityTypeConfiguration<Run>
{
    public void Configure(EntityTypeBuilder<Run> builder)
    {
        builder.ToTable("runs", table =>
        {
            table.HasCheckConstraint("ck_runs_id", SqliteChecks.Id("id"));
            table.HasCheckConstraint("ck_runs_project_id", SqliteChecks.ProjectId("project_id"));
            table.HasCheckConstraint("ck_runs_work_order_id", SqliteChecks.Id("work_order_id"));
            table.HasCheckConstraint("ck_runs_status", SqliteChecks.OneOf("status", EnumNames.Of<RunStatus>()));
            table.HasCheckConstraint("ck_runs_iteration", SqliteChecks.WholeNumber("iteration", PhaseMetricFact.FirstIteration));
            table.HasCheckConstraint("ck_runs_started_at", SqliteChecks.Instant("started_at"));
            table.HasCheckConstraint("ck_runs_ended_at", SqliteChecks.OrNull("ended_at", $"{SqliteChecks.Instant("ended_at")} AND ended_at >= started_at"));
            table.HasCheckConstraint("ck_runs_running_until_ended", $"(status = '{RunStatus.Running.Name()}') = (ended_at IS NULL)");
        });

        builder.HasKey(run => run.Id);
        builder.Property(run => run.Id).HasColumnName("id");
        builder.Property(run => run.ProjectId).HasColumnName("project_id");
        builder.Property(run => run.WorkOrderId).HasColumnName("work_order_id");
        builder.Property(run => run.Status).HasColumnName("status");
        builder.Property(run => run.Iteration).HasColumnName("iteration").HasDefaultValue(PhaseMetricFact.FirstIteration);
        builder.Property(run => run.StartedAt).HasColumnName("started_at");
        builder.Property(run => run.EndedAt).HasColumnName("ended_at");

        // "The newest runs of a project" and "the newest runs" are read off these without a sort.
        builder.HasIndex(run => new { run.ProjectId, run.StartedAt, run.Id }).HasDatabaseName("idx_runs_project_started");
        builder.HasIndex(run => new { run.StartedAt, run.Id }).HasDatabaseName("idx_runs_started");
    }
}
