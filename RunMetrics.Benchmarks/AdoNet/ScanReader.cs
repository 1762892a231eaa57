using Microsoft.Data.Sqlite;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>
/// What summaries and statistics are measured against where nothing is counted beforehand: every run and phase is read, and the database groups
/// them into the cells that all figures follow from. Cells are read and counted, not turned into figures.
/// </summary>
internal sealed class ScanReader : IDisposable
{
    private readonly (SqliteCommand Runs, SqliteCommand Phases) _ofAll;
    private readonly (SqliteCommand Runs, SqliteCommand Phases) _ofProject;

    /// <param name="connection">An open connection; it stays the caller's.</param>
    public ScanReader(SqliteConnection connection)
    {
        _ofAll = Prepare(connection, string.Empty, 0);
        _ofProject = Prepare(connection, "WHERE runs.project_id = $1", 1);
    }

    /// <summary>Reads all cells.</summary>
    /// <param name="projectId">The project; null for all.</param>
    /// <returns>How many runs they count.</returns>
    public long CountRuns(string? projectId)
    {
        var (runs, phases) = projectId is null ? _ofAll : (_ofProject.Runs.With(projectId), _ofProject.Phases.With(projectId));
        phases.ReadAll(row => (
            Phase: row.GetString(0),
            Iteration: row.GetInt32(1),
            Outcome: row.IsDBNull(2) ? null : row.GetString(2),
            DurationSeconds: row.IsDBNull(3) ? (int?)null : row.GetInt32(3),
            Count: row.GetInt64(4)));
        return runs.ReadAll(row => (
            Status: row.GetString(0),
            Iterations: row.GetInt32(1),
            TotalSeconds: row.IsDBNull(2) ? (long?)null : row.GetInt64(2),
            HasVerdict: row.GetBoolean(3),
            IsApprovedAtFirst: row.GetBoolean(4),
            Count: row.GetInt64(5))).Sum(cell => cell.Count);
    }

    public void Dispose()
    {
        _ofAll.Runs.Dispose();
        _ofAll.Phases.Dispose();
        _ofProject.Runs.Dispose();
        _ofProject.Phases.Dispose();
    }

    private static (SqliteCommand Runs, SqliteCommand Phases) Prepare(SqliteConnection connection, string where, int parameters) => (
        connection.Prepare(
            $"""
            SELECT status, iteration, total_seconds, has_verdict, is_approved_at_first, count(*)
            FROM (
              SELECT status, iteration,
                     (SELECT sum(duration_seconds) FROM run_phase_metrics WHERE run_id = runs.id) AS total_seconds,
                     EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = runs.id AND outcome IN ('approved', 'changes_requested')) AS has_verdict,
                     EXISTS (SELECT 1 FROM run_phase_metrics WHERE run_id = runs.id AND outcome = 'approved' AND iteration = 1) AS is_approved_at_first
              FROM runs {where})
            GROUP BY 1, 2, 3, 4, 5
            """,
            parameters),
        connection.Prepare(
            $"""
            SELECT phase, min(metrics.iteration, 11), outcome, duration_seconds, count(*)
            FROM runs JOIN run_phase_metrics AS metrics ON metrics.run_id = runs.id {where}
            GROUP BY 1, 2, 3, 4
            """,
            parameters));
}
