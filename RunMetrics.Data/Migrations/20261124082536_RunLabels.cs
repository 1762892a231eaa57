using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RunMetrics.Data.Migrations
{
    /// <inheritdoc />
    public partial class RunLabels : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "run_labels",
                columns: table => new
                {
                    run_id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_labels", x => new { x.run_id, x.name });
                    table.CheckConstraint("ck_run_labels_name", "typeof(name) = 'text' AND length(name) BETWEEN 1 AND 128 AND name NOT GLOB '*[^A-Za-z0-9._:-]*'");
                    table.CheckConstraint("ck_run_labels_value", "typeof(value) = 'text' AND length(value) BETWEEN 1 AND 128 AND instr(value, char(0)) = 0");
                    table.ForeignKey(
                        name: "FK_run_labels_runs_run_id",
                        column: x => x.run_id,
                        principalTable: "runs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "idx_run_labels_name_value",
                table: "run_labels",
                columns: new[] { "name", "value", "run_id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "run_labels");
        }
    }
}
