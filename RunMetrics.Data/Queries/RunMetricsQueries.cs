using Microsoft.EntityFrameworkCore;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Summaries;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Queries;

/// <summary>Everything that is read, as projections that the database computes.</summary>
public sealed class RunMetricsQueries
{
    private readonly IDbContextFactory<RunMetricsDbContext> _contexts;
    private readonly CompiledQueries _compiled;
    private readonly ProjectScope _scope;

    /// <summary>Reads all projects.</summary>
    /// <param name="contexts">The database.</param>
    public RunMetricsQueries(IDbContextFactory<RunMetricsDbContext> contexts)
        : this(contexts, new CompiledQueries(), ProjectScope.All)
    {
    }

    private RunMetricsQueries(IDbContextFactory<RunMetricsDbContext> contexts, CompiledQueries compiled, ProjectScope scope)
    {
        _contexts = contexts;
        _compiled = compiled;
        _scope = scope;
    }

    /// <summary>The same queries over the projects of a scope only: what lies outside is not there.</summary>
    public RunMetricsQueries Within(ProjectScope scope) => new(_contexts, _compiled, scope);

    /// <summary>A run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run.</returns>
    public async Task<RunRecord?> FindRunAsync(string runId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await _compiled.FindRun(context, runId, cancellationToken) is { } run && _scope.Allows(run.ProjectId) ? run : null;
    }

    /// <summary>A phase metric.</summary>
    /// <param name="runId">The run that it belongs to.</param>
    /// <param name="metricId">The id of the metric.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when that run has no such metric.</returns>
    public async Task<PhaseMetricRecord?> FindPhaseMetricAsync(string runId, string metricId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await MayReadAsync(context, runId, cancellationToken)
            ? await _compiled.FindPhaseMetric(context, runId, metricId, cancellationToken)
            : null;
    }

    /// <summary>The phase metrics of a run, ordered by start, then phase, then id.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run; empty when it has no metrics.</returns>
    public async Task<IReadOnlyList<PhaseMetricRecord>?> ListPhaseMetricsAsync(string runId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (!await MayReadAsync(context, runId, cancellationToken))
        {
            return null;
        }

        var metrics = new List<PhaseMetricRecord>();
        await foreach (var metric in _compiled.ListPhaseMetrics(context, runId).WithCancellation(cancellationToken))
        {
            metrics.Add(metric);
        }

        return metrics.Count > 0 || await _compiled.FindProject(context, runId, cancellationToken) is not null ? metrics : null;
    }

    /// <summary>The summary of a project, or of all.</summary>
    /// <param name="projectId">The project; null for all projects together.</param>
    /// <param name="recent">How many of the newest runs to list, at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run; over all projects there is always a summary.</returns>
    public async Task<RunMetricsSummary?> SummarizeAsync(string? projectId, int recent, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);

        // One transaction, one state of the database: the figures agree with each other while others write.
        await using var snapshot = await context.BeginReadAsync(cancellationToken);
        var runs = context.Runs.AsNoTracking().Within(_scope);
        var metrics = context.PhaseMetrics.AsNoTracking();
        if (projectId is not null)
        {
            runs = runs.Where(run => run.ProjectId == projectId);
        }

        if (projectId is not null || _scope.ProjectIds is not null)
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

    private async Task<bool> MayReadAsync(RunMetricsDbContext context, string runId, CancellationToken cancellationToken) =>
        _scope.ProjectIds is null
        || (await _compiled.FindProject(context, runId, cancellationToken) is { } projectId && _scope.Allows(projectId));
}
