using Microsoft.EntityFrameworkCore.Migrations;
using RunMetrics.Data.Sqlite;

#nullable disable

namespace RunMetrics.Data.Migrations
{
    /// <inheritdoc />
    public partial class AddHistograms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // What AddCounts once made has the names of what replaces it, but for this.
            migrationBuilder.Sql("DROP VIEW IF EXISTS phase_metric_changes;");
            migrationBuilder.Sql(HistogramSchema.Drop);

            // EF Core makes neither tables without rowid nor triggers.
            migrationBuilder.Sql(HistogramSchema.CreateTables);
            migrationBuilder.Sql(HistogramSchema.Fill);
            migrationBuilder.Sql(HistogramSchema.CreateTriggers);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(HistogramSchema.Drop);
    }
}
