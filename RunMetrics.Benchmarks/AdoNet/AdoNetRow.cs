using RunMetrics.Benchmarks.Generation;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>The tables that facts are stored in.</summary>
internal enum AdoNetTable
{
    Runs,
    RunLabels,
    PhaseMetrics,
}

/// <summary>A row, ready to be inserted.</summary>
/// <param name="Table">Where it goes.</param>
/// <param name="Values">Its columns, in the order of the table.</param>
internal sealed record AdoNetRow(AdoNetTable Table, IReadOnlyList<object> Values)
{
    /// <summary>The rows of a run, its labels and its phases.</summary>
    public static IEnumerable<AdoNetRow> Of(GeneratedRun run) =>
        [.. Of(run.Run, run.Iteration), .. run.PhaseMetrics.Select(Of)];

    /// <summary>The rows of a run and its labels.</summary>
    public static IEnumerable<AdoNetRow> Of(RunFact run, int iteration)
    {
        yield return new AdoNetRow(
            AdoNetTable.Runs,
            [run.Id!, run.ProjectId!, run.WorkOrderId!, run.Status!, iteration, Text(run.StartedAt), Text(run.EndedAt)]);
        foreach (var (name, value) in run.Labels ?? RunLabels.None)
        {
            yield return new AdoNetRow(AdoNetTable.RunLabels, [run.Id!, name, value]);
        }
    }

    /// <summary>The row of a phase.</summary>
    public static AdoNetRow Of(PhaseMetricFact metric) => new(
        AdoNetTable.PhaseMetrics,
        [
            metric.Id!,
            metric.RunId!,
            metric.Phase!,
            metric.Iteration ?? PhaseMetricFact.FirstIteration,
            Text(metric.StartedAt),
            Text(metric.EndedAt),
            metric.DurationSeconds ?? (object)DBNull.Value,
            metric.Outcome ?? (object)DBNull.Value,
            metric.Metadata?.GetRawText() ?? (object)DBNull.Value,
        ]);

    private static object Text(DateTimeOffset? instant) => instant is null ? DBNull.Value : Instants.Format(instant.Value);
}
