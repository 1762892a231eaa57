using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Context;

internal sealed class RunLabelConfiguration(RowChecks checks) : IEntityTypeConfiguration<RunLabel>
{
    public void Configure(EntityTypeBuilder<RunLabel> builder)
    {
        builder.ToTable("run_labels", table =>
        {
            table.HasCheckConstraint("ck_run_labels_name", checks.Id("name"));
            table.HasCheckConstraint("ck_run_labels_value", checks.Text("value", RunLabels.MaxValueLength));
        });

        builder.HasKey(label => new { label.RunId, label.Name });
        builder.Property(label => label.RunId).HasColumnName("run_id");
        builder.Property(label => label.Name).HasColumnName("name");
        builder.Property(label => label.Value).HasColumnName("value");

        builder.HasOne<Run>().WithMany(run => run.Labels).HasForeignKey(label => label.RunId).OnDelete(DeleteBehavior.Cascade);

        // The runs that carry a label are read off this one.
        builder.HasIndex(label => new { label.Name, label.Value, label.RunId }).HasDatabaseName("idx_run_labels_name_value");
    }
}
