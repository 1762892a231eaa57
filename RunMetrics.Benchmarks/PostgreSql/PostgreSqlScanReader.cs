using Npgsql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>
/// What summaries and statistics are measured against where nothing is counted beforehand: every run and phase is read, and the server groups them
/// into the cells that all figures follow from. Statements are planned for their values, so that a small project is not read like a large one.
/// </summary>
/// <param name="connection">An open connection; it stays the caller's.</param>
internal sealed class PostgreSqlScanReader(NpgsqlConnection connection)
{
    private const string OfProject = "WHERE runs.project_id = $1";

    /// <summary>Reads all cells.</summary>
    /// <param name="projectId">The project; null for all.</param>
    /// <returns>How many runs they count.</returns>
    public async Task<object?> CountRunsAsync(string? projectId)
    {
        var where = projectId is null ? null : OfProject;
        IReadOnlyList<object> values = projectId is null ? [] : [projectId];
        await connection.ReadAllAsync(
            $"""
            SELECT phase, least(metrics.iteration, 11), outcome, duration_seconds, count(*)
            FROM run_phase_metrics AS metrics {(where is null ? null : $"JOIN runs ON runs.id = metrics.run_id {where}")}
            GROUP BY 1, 2, 3, 4
            """,
            row => (
                Phase: row.GetString(0),
                Iteration: row.GetInt32(1),
                Outcome: row.IsDBNull(2) ? null : row.GetString(2),
                DurationSeconds: row.IsDBNull(3) ? (int?)null : row.GetInt32(3),
                Count: row.GetInt64(4)),
            values);
        var runs = await connection.ReadAllAsync(
            $"""
            SELECT status, iteration, total_seconds, has_verdict, is_approved_at_first, count(*)
            FROM (
                SELECT
                    runs.status, runs.iteration, sum(metrics.duration_seconds) AS total_seconds,
                    bool_or(metrics.outcome IN ('approved', 'changes_requested')) IS TRUE AS has_verdict,
                    bool_or(metrics.outcome = 'approved' AND metrics.iteration = 1) IS TRUE AS is_approved_at_first
                FROM runs LEFT JOIN run_phase_metrics AS metrics ON metrics.run_id = runs.id {where}
                GROUP BY runs.id) AS figures
            GROUP BY 1, 2, 3, 4, 5
            """,
            row => (
                Status: row.GetString(0),
                Iterations: row.GetInt32(1),
                TotalSeconds: row.IsDBNull(2) ? (long?)null : row.GetInt64(2),
                HasVerdict: row.GetBoolean(3),
                IsApprovedAtFirst: row.GetBoolean(4),
                Count: row.GetInt64(5)),
            values);
        return runs.Sum(cell => cell.Count);
    }
}
