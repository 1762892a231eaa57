using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Queries;

/// <summary>Everything that is read, as projections that the database computes.</summary>
/// <exception cref="StoreUnavailableException">Of every method: the database cannot be read now, or is damaged.</exception>
public sealed class RunMetricsQueries
{
    private readonly IDbContextFactory<RunMetricsDbContext> _contexts;
    private readonly CompiledQueries _compiled = new();

    internal RunMetricsQueries(IDbContextFactory<RunMetricsDbContext> contexts) => _contexts = contexts;

    /// <summary>A run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run.</returns>
    public Task<RunRecord?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context => await _compiled.FindRun(context, runId, cancellationToken) is { } run && access.Allows(run.ProjectId) ? run : null,
        cancellationToken);

    /// <summary>The phase metrics of a run, ordered by start, then phase, then id.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run; empty when it has no metrics.</returns>
    public Task<IReadOnlyList<PhaseMetricRecord>?> ListPhaseMetricsAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            var metrics = new List<PhaseMetricRecord>();
            if (access.ProjectIds is null || await MayReadAsync(context))
            {
                await foreach (var metric in _compiled.ListPhaseMetrics(context, runId).WithCancellation(cancellationToken))
                {
                    metrics.Add(metric);
                }
            }

            return metrics.Count > 0 || await MayReadAsync(context) ? (IReadOnlyList<PhaseMetricRecord>)metrics : null;

            async Task<bool> MayReadAsync(RunMetricsDbContext from) =>
                await _compiled.FindProject(from, runId, cancellationToken) is { } projectId && access.Allows(projectId);
        },
        cancellationToken);

    /// <summary>The summary of a project, or of all.</summary>
    /// <param name="projectId">The project; null for all projects together.</param>
    /// <param name="recent">How many of the newest runs to list, at most.</param>
    /// <param name="access">The projects that count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run; over all projects there is always a summary.</returns>
    public Task<RunMetricsSummary?> SummarizeAsync(string? projectId, int recent, ProjectAccess access, CancellationToken cancellationToken) =>
        ReadAsync(context => SummarizeAsync(context, projectId, recent, access, cancellationToken), cancellationToken);

    /// <summary>How the runs of a project, or of all, and their phases came out and what they took.</summary>
    /// <param name="filter">Which runs and phases count.</param>
    /// <param name="access">The projects that count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run at all; with one, or over all projects, there are always statistics.</returns>
    public Task<RunMetricsStatistics?> ComputeStatisticsAsync(StatisticsFilter filter, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            await using var snapshot = await context.BeginReadAsync(cancellationToken);
            if (filter.ProjectId is not null && !(access.Allows(filter.ProjectId)
                && await context.Runs.AnyAsync(run => run.ProjectId == filter.ProjectId, cancellationToken)))
            {
                return null;
            }

            var histogram = await new HistogramQueries(context, filter, access).CountAsync(cancellationToken);
            return new RunMetricsStatistics(
                filter.ProjectId,
                filter.Since,
                filter.Until,
                filter.AsOf,
                histogram.RunStatistics(),
                histogram.IterationStatistics(),
                histogram.PhaseStatistics());
        },
        cancellationToken);

    private static async Task<RunMetricsSummary?> SummarizeAsync(
        RunMetricsDbContext context, string? projectId, int recent, ProjectAccess access, CancellationToken cancellationToken)
    {
        // One transaction, one state of the database: the figures agree with each other while others write.
        await using var snapshot = await context.BeginReadAsync(cancellationToken);
        var runs = context.Runs.AsNoTracking();
        if (access.ProjectIds is { } projectIds)
        {
            runs = runs.Where(run => projectIds.Contains(run.ProjectId));
        }

        var metrics = context.PhaseMetrics.AsNoTracking();
        if (projectId is not null)
        {
            runs = runs.Where(run => run.ProjectId == projectId);
        }

        if (projectId is not null || access.ProjectIds is not null)
        {
            metrics = runs.Join(metrics, run => run.Id, metric => metric.RunId, (_, metric) => metric);
        }

        var totalRuns = await runs.CountAsync(cancellationToken);
        if (totalRuns == 0 && projectId is not null)
        {
            return null;
        }

        var averageSeconds = await metrics
            .Where(metric => metric.Outcome != null && metric.Outcome != PhaseOutcome.Skipped && metric.DurationSeconds != null)
            .GroupBy(metric => metric.Phase)
            .Select(phase => new { Phase = phase.Key, Seconds = phase.Average(metric => (double)metric.DurationSeconds!) })
            .ToDictionaryAsync(phase => phase.Phase, phase => phase.Seconds, cancellationToken);

        var averageIterations = await runs.AverageAsync(run => (double?)run.Iteration, cancellationToken);

        var recentRuns = await runs
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(recent)
            .Select(run => new RecentRun(
                run.WorkOrderId,
                run.Iteration,
                context.PhaseMetrics.Where(metric => metric.RunId == run.Id).Sum(metric => (long?)metric.DurationSeconds) ?? 0))
            .ToListAsync(cancellationToken);

        return new RunMetricsSummary(
            AvgSetupSeconds: averageSeconds.GetValueOrDefault(RunPhase.Setup),
            AvgBuilderSeconds: averageSeconds.GetValueOrDefault(RunPhase.Builder),
            AvgTestSeconds: averageSeconds.GetValueOrDefault(RunPhase.Test),
            AvgReviewerSeconds: averageSeconds.GetValueOrDefault(RunPhase.Reviewer),
            AvgMergeSeconds: averageSeconds.GetValueOrDefault(RunPhase.Merge),
            AvgIterations: averageIterations ?? 0,
            TotalRuns: totalRuns,
            RecentRuns: recentRuns);
    }

    /// <summary>Tells a database that cannot be read now from a mistake of ours.</summary>
    private async Task<T> ReadAsync<T>(Func<RunMetricsDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
            return await read(context);
        }
        catch (Exception exception) when (SqliteFailure.FindUnavailability(exception) is { } reason)
        {
            throw new StoreUnavailableException(reason, exception);
        }
    }
}
