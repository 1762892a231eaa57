using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Data.Queries;

/// <summary>
/// The queries that follow every write or belong to a single run, translated once: that is most of what they cost. EF Core binds a compiled query
/// to the model of the first context that runs it, so they belong to a factory of contexts and not to the process.
/// </summary>
internal sealed class CompiledQueries
{
    /// <summary>A phase metric as it is read.</summary>
    public static readonly Expression<Func<RunPhaseMetric, PhaseMetricRecord>> ToRecord = metric => new PhaseMetricRecord(
        metric.Id,
        metric.RunId,
        metric.Phase,
        metric.Iteration,
        metric.StartedAt,
        metric.EndedAt,
        metric.DurationSeconds,
        metric.Outcome,
        metric.Metadata);

    /// <summary>A run as it is read.</summary>
    public static readonly Expression<Func<SummedRun, RunRecord>> ToRunRecord = summed => new RunRecord(
        summed.Run.Id,
        summed.Run.ProjectId,
        summed.Run.WorkOrderId,
        summed.Run.Status,
        summed.Run.Iteration,
        summed.Run.StartedAt,
        summed.Run.EndedAt,
        summed.TotalSeconds,
        ToLabels(summed.Run.Labels.ToList()));

    /// <summary>A run as a summary lists it.</summary>
    public static readonly Expression<Func<SummedRun, RecentRun>> ToRecentRun = summed => new RecentRun(
        summed.Run.WorkOrderId, summed.Run.Iteration, summed.TotalSeconds, summed.Run.Id, summed.Run.Status, summed.Run.StartedAt);

    /// <summary>The position of a phase among all: the database knows only its name, whose order is another.</summary>
    public static readonly Expression<Func<RunPhaseMetric, int>> PhaseOrder = MakePhaseOrder();

    public Func<RunMetricsDbContext, string, CancellationToken, Task<RunRecord?>> FindRun { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId, CancellationToken _) => context.Runs.AsNoTracking()
            .Where(run => run.Id == runId)
            .Select(run => new SummedRun
            {
                Run = run,
                TotalSeconds = context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
            })
            .Select(ToRunRecord)
            .SingleOrDefault());

    public Func<RunMetricsDbContext, string, CancellationToken, Task<string?>> FindProject { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId, CancellationToken _) => context.Runs
            .Where(run => run.Id == runId)
            .Select(run => run.ProjectId)
            .SingleOrDefault());

    public Func<RunMetricsDbContext, string, IAsyncEnumerable<PhaseMetricRecord>> ListPhaseMetrics { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId) => context.PhaseMetrics
            .AsNoTracking()
            .Where(metric => metric.RunId == runId)
            .OrderBy(metric => metric.StartedAt)
            .ThenBy(PhaseOrder)
            .ThenBy(metric => metric.Id)
            .Select(ToRecord));

    /// <summary>Labels as they are read; null where there are none.</summary>
    public static SortedDictionary<string, string>? ToLabels(List<RunLabel> labels) => labels.Count == 0
        ? null
        : new SortedDictionary<string, string>(labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal), StringComparer.Ordinal);

    private static Expression<Func<RunPhaseMetric, int>> MakePhaseOrder()
    {
        var metric = Expression.Parameter(typeof(RunPhaseMetric), "metric");
        var phase = Expression.Property(metric, nameof(RunPhaseMetric.Phase));
        var order = EnumNames.Of<RunPhase>().Values.Index().Reverse().Aggregate(
            (Expression)Expression.Constant(int.MaxValue),
            (others, next) => Expression.Condition(Expression.Equal(phase, Expression.Constant(next.Item)), Expression.Constant(next.Index), others));
        return Expression.Lambda<Func<RunPhaseMetric, int>>(order, metric);
    }
}
