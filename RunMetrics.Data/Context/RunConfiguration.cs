using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Context;

internal sealed class RunConfiguration(RowChecks checks) : IEntityTypeConfiguration<Run>
{
    public void Configure(EntityTypeBuilder<Run> builder)
    {
        builder.ToTable("runs", table =>
        {
            table.HasCheckConstraint("ck_runs_id", checks.Id("id"));
            table.HasCheckConstraint("ck_runs_project_id", checks.ProjectId("project_id"));
            table.HasCheckConstraint("ck_runs_work_order_id", checks.Id("work_order_id"));
            table.HasCheckConstraint("ck_runs_status", RowChecks.OneOf("status", EnumNames.Of<RunStatus>().Names));
            table.HasCheckConstraint("ck_runs_iteration", checks.WholeNumber("iteration", PhaseMetricFact.FirstIteration));
            table.HasCheckConstraint("ck_runs_started_at", checks.Instant("started_at"));
            table.HasCheckConstraint("ck_runs_ended_at", RowChecks.OrNull("ended_at", $"{checks.Instant("ended_at")} AND ended_at >= started_at"));
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
