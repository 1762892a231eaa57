using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RunMetrics.Data.Migrations
{
    /// <inheritdoc />
    public partial class AddCounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // EF Core makes neither tables without rowid nor triggers.
            migrationBuilder.Sql(CountSchema.CreateTables);
            migrationBuilder.Sql(CountSchema.Fill);
            migrationBuilder.Sql(CountSchema.CreateTriggers);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(CountSchema.Drop);
    }
}
