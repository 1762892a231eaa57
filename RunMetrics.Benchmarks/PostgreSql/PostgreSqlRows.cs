using NpgsqlTypes;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>A table that facts are stored in, and its columns in the order of <see cref="PostgreSqlRows"/>.</summary>
/// <param name="Name">The name of the table.</param>
/// <param name="Columns">Its columns and their types.</param>
internal sealed record FactTable(string Name, IReadOnlyList<(string Name, NpgsqlDbType Type)> Columns)
{
    /// <summary>Runs.</summary>
    public static readonly FactTable Runs = new("runs",
    [
        ("id", NpgsqlDbType.Text), ("project_id", NpgsqlDbType.Text), ("work_order_id", NpgsqlDbType.Text), ("status", NpgsqlDbType.Text),
        ("iteration", NpgsqlDbType.Integer), ("started_at", NpgsqlDbType.TimestampTz), ("ended_at", NpgsqlDbType.TimestampTz),
    ]);

    /// <summary>Labels of runs.</summary>
    public static readonly FactTable Labels = new(
        "run_labels", [("run_id", NpgsqlDbType.Text), ("name", NpgsqlDbType.Text), ("value", NpgsqlDbType.Text)]);

    /// <summary>Phase metrics.</summary>
    public static readonly FactTable PhaseMetrics = new("run_phase_metrics",
    [
        ("id", NpgsqlDbType.Text), ("run_id", NpgsqlDbType.Text), ("phase", NpgsqlDbType.Text), ("iteration", NpgsqlDbType.Integer),
        ("started_at", NpgsqlDbType.TimestampTz), ("ended_at", NpgsqlDbType.TimestampTz), ("duration_seconds", NpgsqlDbType.Integer),
        ("outcome", NpgsqlDbType.Text), ("metadata", NpgsqlDbType.Json),
    ]);

    /// <summary>Its columns, for a statement.</summary>
    public string ColumnNames => string.Join(", ", Columns.Select(column => column.Name));
}

/// <summary>Facts as rows that are ready to be written. Null stands for no value.</summary>
internal static class PostgreSqlRows
{
    /// <summary>The row of a run.</summary>
    public static object?[] OfRun(RunFact run, int iteration) =>
        [run.Id, run.ProjectId, run.WorkOrderId, run.Status, iteration, run.StartedAt, run.EndedAt];

    /// <summary>The rows of a run's labels.</summary>
    public static IEnumerable<object?[]> OfLabels(RunFact run) =>
        (run.Labels ?? RunLabels.None).Select(label => new object?[] { run.Id, label.Key, label.Value });

    /// <summary>The row of a phase.</summary>
    public static object?[] OfPhaseMetric(PhaseMetricFact metric) =>
    [
        metric.Id, metric.RunId, metric.Phase, metric.Iteration ?? PhaseMetricFact.FirstIteration, metric.StartedAt, metric.EndedAt, metric.DurationSeconds,
        metric.Outcome, metric.Metadata?.GetRawText(),
    ];

    /// <summary>The rows of some runs with all that belongs to them, table by table.</summary>
    public static IReadOnlyList<(FactTable Table, IReadOnlyList<object?[]> Rows)> Of(IReadOnlyCollection<GeneratedRun> runs) =>
    [
        (FactTable.Runs, [.. runs.Select(run => OfRun(run.Run, run.Iteration))]),
        (FactTable.Labels, [.. runs.SelectMany(run => OfLabels(run.Run))]),
        (FactTable.PhaseMetrics, [.. runs.SelectMany(run => run.PhaseMetrics).Select(OfPhaseMetric)]),
    ];
}
