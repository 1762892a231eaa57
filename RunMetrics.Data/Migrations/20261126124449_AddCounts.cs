using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RunMetrics.Data.Migrations
{
    /// <inheritdoc />
    public partial class AddCounts : Migration
    {
        // Counts of an earlier kind were made here. Files that have them lose them to the migration AddHistograms, others need none.

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
        }
    }
}
