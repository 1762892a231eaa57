using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>
/// What lists are measured against: one connection with statements that are kept, and the same records as the queries return.
/// </summary>
internal sealed class AdoNetReader : IDisposable
{
    private const string RunColumns =
        """
        SELECT id, project_id, work_order_id, status, iteration, started_at, ended_at,
               (SELECT coalesce(sum(duration_seconds), 0) FROM run_phase_metrics WHERE run_id = runs.id)
        FROM runs
        """;

    private readonly SqliteCommand _listPhaseMetrics;
    private readonly SqliteCommand _listRuns;
    private readonly SqliteCommand _listRunsOfProject;
    private readonly SqliteCommand _listLabels;
    private readonly SqliteCommand _listProjects;

    /// <param name="connection">An open connection; it stays the caller's.</param>
    public AdoNetReader(SqliteConnection connection)
    {
        var phaseOrder = string.Join(' ', EnumNames.Of<RunPhase>().Names.Index().Select(
            phase => string.Create(CultureInfo.InvariantCulture, $"WHEN '{phase.Item}' THEN {phase.Index}")));
        _listPhaseMetrics = connection.Prepare(
            $"""
            SELECT id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata
            FROM run_phase_metrics WHERE run_id = $1 ORDER BY started_at, CASE phase {phaseOrder} END, id
            """,
            1);
        _listRuns = connection.Prepare($"{RunColumns} ORDER BY started_at DESC, id DESC LIMIT $1", 1);
        _listRunsOfProject = connection.Prepare($"{RunColumns} WHERE project_id = $2 ORDER BY started_at DESC, id DESC LIMIT $1", 2);
        _listLabels = connection.Prepare("SELECT name, value FROM run_labels WHERE run_id = $1", 1);
        _listProjects = connection.Prepare(
            "SELECT project_id, count(*), max(started_at) FROM runs GROUP BY project_id ORDER BY project_id LIMIT $1", 1);
    }

    /// <summary>The phases of a run.</summary>
    public IReadOnlyList<PhaseMetricRecord> ListPhaseMetrics(string runId) => _listPhaseMetrics.With(runId).ReadAll(row => new PhaseMetricRecord(
        row.GetString(0),
        row.GetString(1),
        EnumNames.Of<RunPhase>().Parse(row.GetString(2)),
        row.GetInt32(3),
        Instants.ParseCanonical(row.GetString(4)),
        row.IsDBNull(5) ? null : Instants.ParseCanonical(row.GetString(5)),
        row.IsDBNull(6) ? null : row.GetInt32(6),
        row.IsDBNull(7) ? null : EnumNames.Of<PhaseOutcome>().Parse(row.GetString(7)),
        row.IsDBNull(8) ? null : JsonElement.Parse(row.GetString(8))));

    /// <summary>The newest runs.</summary>
    /// <param name="projectId">The project; null for all.</param>
    /// <param name="limit">How many runs the page has at most.</param>
    public Page<RunRecord> ListRuns(string? projectId, int limit)
    {
        var command = projectId is null ? _listRuns.With(limit + 1) : _listRunsOfProject.With(limit + 1, projectId);
        return ToPage(command.ReadAll(ReadRun), limit);
    }

    /// <summary>The first projects.</summary>
    /// <param name="limit">How many projects the page has at most.</param>
    public Page<ProjectRecord> ListProjects(int limit) => ToPage(
        _listProjects.With(limit + 1).ReadAll(row =>
            new ProjectRecord(row.GetString(0), row.GetInt64(1), Instants.ParseCanonical(row.GetString(2)))),
        limit);

    public void Dispose()
    {
        _listPhaseMetrics.Dispose();
        _listRuns.Dispose();
        _listRunsOfProject.Dispose();
        _listLabels.Dispose();
        _listProjects.Dispose();
    }

    private RunRecord ReadRun(SqliteDataReader row)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _listLabels.With(row.GetString(0)).ReadAll(label => (label.GetString(0), label.GetString(1))))
        {
            labels.Add(name, value);
        }

        return new RunRecord(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            EnumNames.Of<RunStatus>().Parse(row.GetString(3)),
            row.GetInt32(4),
            Instants.ParseCanonical(row.GetString(5)),
            row.IsDBNull(6) ? null : Instants.ParseCanonical(row.GetString(6)),
            row.GetInt64(7),
            labels.Count > 0 ? labels : null);
    }

    private static Page<T> ToPage<T>(List<T> items, int limit) => new(items.Count > limit ? items[..limit] : items, items.Count > limit);
}
