using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RunMetrics.Data.Migrations
{
    /// <inheritdoc />
    public partial class InitialSchema : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "runs",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    project_id = table.Column<string>(type: "TEXT", nullable: false),
                    work_order_id = table.Column<string>(type: "TEXT", nullable: false),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    iteration = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 1),
                    started_at = table.Column<string>(type: "TEXT", nullable: false),
                    ended_at = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_runs", x => x.id);
                    table.CheckConstraint("ck_runs_ended_at", "ended_at IS NULL OR (ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at) AND ended_at >= '0001' AND ended_at >= started_at)");
                    table.CheckConstraint("ck_runs_id", "typeof(id) = 'text' AND length(id) BETWEEN 1 AND 128 AND id NOT GLOB '*[^A-Za-z0-9._:-]*'");
                    table.CheckConstraint("ck_runs_iteration", "typeof(iteration) = 'integer' AND iteration BETWEEN 1 AND 2147483647");
                    table.CheckConstraint("ck_runs_project_id", "typeof(project_id) = 'text' AND length(project_id) BETWEEN 1 AND 128 AND project_id NOT GLOB '*[^A-Za-z0-9._:/-]*'");
                    table.CheckConstraint("ck_runs_running_until_ended", "(status = 'running') = (ended_at IS NULL)");
                    table.CheckConstraint("ck_runs_started_at", "started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at) AND started_at >= '0001'");
                    table.CheckConstraint("ck_runs_status", "status IN ('running', 'succeeded', 'failed', 'cancelled')");
                    table.CheckConstraint("ck_runs_work_order_id", "typeof(work_order_id) = 'text' AND length(work_order_id) BETWEEN 1 AND 128 AND work_order_id NOT GLOB '*[^A-Za-z0-9._:-]*'");
                });

            migrationBuilder.CreateTable(
                name: "run_phase_metrics",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    run_id = table.Column<string>(type: "TEXT", nullable: false),
                    phase = table.Column<string>(type: "TEXT", nullable: false),
                    iteration = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 1),
                    started_at = table.Column<string>(type: "TEXT", nullable: false),
                    ended_at = table.Column<string>(type: "TEXT", nullable: true),
                    duration_seconds = table.Column<int>(type: "INTEGER", nullable: true),
                    outcome = table.Column<string>(type: "TEXT", nullable: true),
                    metadata = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_phase_metrics", x => x.id);
                    table.CheckConstraint("ck_run_phase_metrics_duration_seconds", "duration_seconds IS NULL OR (typeof(duration_seconds) = 'integer' AND duration_seconds BETWEEN 0 AND 2147483647)");
                    table.CheckConstraint("ck_run_phase_metrics_end_known_whole", "(ended_at IS NULL) = (duration_seconds IS NULL)");
                    table.CheckConstraint("ck_run_phase_metrics_ended_at", "ended_at IS NULL OR (ended_at IS strftime('%Y-%m-%dT%H:%M:%fZ', ended_at) AND ended_at >= '0001' AND ended_at >= started_at)");
                    table.CheckConstraint("ck_run_phase_metrics_id", "typeof(id) = 'text' AND length(id) BETWEEN 1 AND 128 AND id NOT GLOB '*[^A-Za-z0-9._:-]*'");
                    table.CheckConstraint("ck_run_phase_metrics_iteration", "typeof(iteration) = 'integer' AND iteration BETWEEN 1 AND 2147483647");
                    table.CheckConstraint("ck_run_phase_metrics_metadata", "metadata IS NULL OR (CASE WHEN json_valid(metadata) THEN json_type(metadata) = 'object' AND length(CAST(metadata AS BLOB)) <= 16384 ELSE 0 END)");
                    table.CheckConstraint("ck_run_phase_metrics_open_until_outcome", "outcome IS NOT NULL OR ended_at IS NULL");
                    table.CheckConstraint("ck_run_phase_metrics_outcome", "outcome IS NULL OR (outcome IN ('success', 'failed', 'changes_requested', 'approved', 'skipped'))");
                    table.CheckConstraint("ck_run_phase_metrics_phase", "phase IN ('setup', 'builder', 'test', 'reviewer', 'merge')");
                    table.CheckConstraint("ck_run_phase_metrics_started_at", "started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at) AND started_at >= '0001'");
                    table.CheckConstraint("ck_run_phase_metrics_verdict", "outcome IS NULL OR outcome NOT IN ('approved', 'changes_requested') OR phase = 'reviewer'");
                    table.ForeignKey(
                        name: "FK_run_phase_metrics_runs_run_id",
                        column: x => x.run_id,
                        principalTable: "runs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "idx_run_phase_metrics_run",
                table: "run_phase_metrics",
                column: "run_id");

            migrationBuilder.CreateIndex(
                name: "idx_runs_project_started",
                table: "runs",
                columns: new[] { "project_id", "started_at", "id" });

            migrationBuilder.CreateIndex(
                name: "idx_runs_started",
                table: "runs",
                columns: new[] { "started_at", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "run_phase_metrics");

            migrationBuilder.DropTable(
                name: "runs");
        }
    }
}
