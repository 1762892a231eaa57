using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Queries;

/// <summary>
/// The queries that follow every write or belong to a single run, translated once: that is most of what they cost. EF Core binds a compiled query
/// to the model of the first context that runs it, so they belong to a factory of contexts and not to the process.
/// </summary>
internal sealed class CompiledQueries
{
    private static readonly Expression<Func<RunPhaseMetric, PhaseMetricRecord>> ToRecord = metric => new PhaseMetricRecord(
        metric.Id,
        metric.RunId,
        metric.Phase,
        metric.Iteration,
        metric.StartedAt,
        metric.EndedAt,
        metric.DurationSeconds,
        metric.Outcome,
        metric.Metadata);

    public Func<RunMetricsDbContext, string, CancellationToken, Task<RunRecord?>> FindRun { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId, CancellationToken _) => context.Runs.AsNoTracking()
            .Where(run => run.Id == runId)
            .Select(run => new RunRecord(
                run.Id,
                run.ProjectId,
                run.WorkOrderId,
                run.Status,
                run.Iteration,
                run.StartedAt,
                run.EndedAt,
                context.PhaseMetrics.Where(metric => metric.RunId == run.Id).Sum(metric => (long?)metric.DurationSeconds) ?? 0))
            .SingleOrDefault());

    public Func<RunMetricsDbContext, string, CancellationToken, Task<string?>> FindProject { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId, CancellationToken _) => context.Runs
            .Where(run => run.Id == runId)
            .Select(run => run.ProjectId)
            .SingleOrDefault());

    public Func<RunMetricsDbContext, string, string, CancellationToken, Task<PhaseMetricRecord?>> FindPhaseMetric { get; } =
        EF.CompileAsyncQuery((RunMetricsDbContext context, string runId, string metricId, CancellationToken _) => context.PhaseMetrics
            .AsNoTracking()
            .Where(metric => metric.Id == metricId && metric.RunId == runId)
            .Select(ToRecord)
            .SingleOrDefault());

    public Func<RunMetricsDbContext, string, IAsyncEnumerable<PhaseMetricRecord>> ListPhaseMetrics { get; } = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string runId) => context.PhaseMetrics
            .AsNoTracking()
            .Where(metric => metric.RunId == runId)
            .OrderBy(metric => metric.StartedAt)
            .ThenBy(metric =>
                metric.Phase == RunPhase.Setup ? 0
                : metric.Phase == RunPhase.Builder ? 1
                : metric.Phase == RunPhase.Test ? 2
                : metric.Phase == RunPhase.Reviewer ? 3
                : 4)
            .ThenBy(metric => metric.Id)
            .Select(ToRecord));
}
