using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RunMetrics.Data.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class InitialSchema : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "duration_counts",
                columns: table => new
                {
                    series = table.Column<long>(type: "bigint", nullable: false),
                    node = table.Column<long>(type: "bigint", nullable: false),
                    digit = table.Column<int>(type: "integer", nullable: false),
                    durations = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_duration_counts", x => new { x.series, x.node, x.digit });
                });

            migrationBuilder.CreateTable(
                name: "phase_counts",
                columns: table => new
                {
                    series = table.Column<long>(type: "bigint", nullable: false),
                    open = table.Column<long>(type: "bigint", nullable: false),
                    success = table.Column<long>(type: "bigint", nullable: false),
                    failed = table.Column<long>(type: "bigint", nullable: false),
                    changes_requested = table.Column<long>(type: "bigint", nullable: false),
                    approved = table.Column<long>(type: "bigint", nullable: false),
                    skipped = table.Column<long>(type: "bigint", nullable: false),
                    durations = table.Column<long>(type: "bigint", nullable: false),
                    total_seconds = table.Column<long>(type: "bigint", nullable: false),
                    squares_0 = table.Column<long>(type: "bigint", nullable: false),
                    squares_32 = table.Column<long>(type: "bigint", nullable: false),
                    squares_62 = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_phase_counts", x => x.series);
                });

            migrationBuilder.CreateTable(
                name: "run_counts",
                columns: table => new
                {
                    project = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    iteration = table.Column<int>(type: "integer", nullable: false),
                    has_verdict = table.Column<bool>(type: "boolean", nullable: false),
                    is_approved_at_first = table.Column<bool>(type: "boolean", nullable: false),
                    runs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_counts", x => new { x.project, x.status, x.iteration, x.has_verdict, x.is_approved_at_first });
                });

            migrationBuilder.CreateTable(
                name: "run_figures",
                columns: table => new
                {
                    run_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    project = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    iteration = table.Column<int>(type: "integer", nullable: false),
                    total_seconds = table.Column<long>(type: "bigint", nullable: false),
                    verdicts = table.Column<long>(type: "bigint", nullable: false),
                    first_approvals = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_figures", x => x.run_id);
                });

            migrationBuilder.CreateTable(
                name: "runs",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    project_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    work_order_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    status = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    iteration = table.Column<int>(type: "integer", nullable: false, defaultValue: 1),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp(3) with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp(3) with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_runs", x => x.id);
                    table.CheckConstraint("ck_runs_ended_at", "ended_at IS NULL OR ((ended_at = '-infinity' OR ended_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999+00') AND ended_at >= started_at)");
                    table.CheckConstraint("ck_runs_id", "char_length(id) <= 128 AND id ~ '^[A-Za-z0-9._:-]+$'");
                    table.CheckConstraint("ck_runs_iteration", "iteration >= 1");
                    table.CheckConstraint("ck_runs_project_id", "char_length(project_id) <= 128 AND project_id ~ '^[A-Za-z0-9._:/-]+$'");
                    table.CheckConstraint("ck_runs_running_until_ended", "(status = 'running') = (ended_at IS NULL)");
                    table.CheckConstraint("ck_runs_started_at", "(started_at = '-infinity' OR started_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999+00')");
                    table.CheckConstraint("ck_runs_status", "status IN ('running', 'succeeded', 'failed', 'cancelled')");
                    table.CheckConstraint("ck_runs_work_order_id", "char_length(work_order_id) <= 128 AND work_order_id ~ '^[A-Za-z0-9._:-]+$'");
                });

            migrationBuilder.CreateTable(
                name: "run_labels",
                columns: table => new
                {
                    run_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    value = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_labels", x => new { x.run_id, x.name });
                    table.CheckConstraint("ck_run_labels_name", "char_length(name) <= 128 AND name ~ '^[A-Za-z0-9._:-]+$'");
                    table.CheckConstraint("ck_run_labels_value", "char_length(value) BETWEEN 1 AND 128");
                    table.ForeignKey(
                        name: "FK_run_labels_runs_run_id",
                        column: x => x.run_id,
                        principalTable: "runs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "run_phase_metrics",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    run_id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    phase = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    iteration = table.Column<int>(type: "integer", nullable: false, defaultValue: 1),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp(3) with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp(3) with time zone", nullable: true),
                    duration_seconds = table.Column<int>(type: "integer", nullable: true),
                    outcome = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    metadata = table.Column<string>(type: "json", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_phase_metrics", x => x.id);
                    table.CheckConstraint("ck_run_phase_metrics_duration_seconds", "duration_seconds IS NULL OR (duration_seconds >= 0)");
                    table.CheckConstraint("ck_run_phase_metrics_end_known_whole", "(ended_at IS NULL) = (duration_seconds IS NULL)");
                    table.CheckConstraint("ck_run_phase_metrics_ended_at", "ended_at IS NULL OR ((ended_at = '-infinity' OR ended_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999+00') AND ended_at >= started_at)");
                    table.CheckConstraint("ck_run_phase_metrics_id", "char_length(id) <= 128 AND id ~ '^[A-Za-z0-9._:-]+$'");
                    table.CheckConstraint("ck_run_phase_metrics_iteration", "iteration >= 1");
                    table.CheckConstraint("ck_run_phase_metrics_metadata", "metadata IS NULL OR (json_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384)");
                    table.CheckConstraint("ck_run_phase_metrics_open_until_outcome", "outcome IS NOT NULL OR ended_at IS NULL");
                    table.CheckConstraint("ck_run_phase_metrics_outcome", "outcome IS NULL OR (outcome IN ('success', 'failed', 'changes_requested', 'approved', 'skipped'))");
                    table.CheckConstraint("ck_run_phase_metrics_phase", "phase IN ('setup', 'builder', 'test', 'reviewer', 'merge')");
                    table.CheckConstraint("ck_run_phase_metrics_started_at", "(started_at = '-infinity' OR started_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999+00')");
                    table.CheckConstraint("ck_run_phase_metrics_verdict", "outcome IS NULL OR outcome NOT IN ('approved', 'changes_requested') OR phase = 'reviewer'");
                    table.ForeignKey(
                        name: "FK_run_phase_metrics_runs_run_id",
                        column: x => x.run_id,
                        principalTable: "runs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "idx_run_labels_name_value",
                table: "run_labels",
                columns: new[] { "name", "value", "run_id" });

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

            // EF Core makes no triggers.
            migrationBuilder.Sql(CountSchema.CreateTables);
            migrationBuilder.Sql(CountSchema.CreateTriggers);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(CountSchema.Drop);

            migrationBuilder.DropTable(
                name: "duration_counts");

            migrationBuilder.DropTable(
                name: "phase_counts");

            migrationBuilder.DropTable(
                name: "run_counts");

            migrationBuilder.DropTable(
                name: "run_figures");

            migrationBuilder.DropTable(
                name: "run_labels");

            migrationBuilder.DropTable(
                name: "run_phase_metrics");

            migrationBuilder.DropTable(
                name: "runs");
        }
    }
}
