using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Queries;

/// <summary>
/// What a summary of all runs of a project, or of all there are, needs, from the tables in which triggers have counted them: a few rows, however long
/// the history is. <see cref="HistogramQueries"/> adds up the same for any other question.
/// </summary>
internal sealed class SummaryTables
{
    /// <summary>The project of the rows that count all projects together.</summary>
    public const string AllProjects = "";

    private readonly Func<RunMetricsDbContext, string, IAsyncEnumerable<IterationTotals>> _listRunCounts = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string projectId) => context.RunCounts
            .Where(count => count.ProjectId == projectId)
            .Select(count => new IterationTotals(count.Iteration, count.Runs)));

    private readonly Func<RunMetricsDbContext, string, IAsyncEnumerable<PhaseTotals>> _listPhaseCounts = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string projectId) => context.PhaseCounts
            .Where(count => count.ProjectId == projectId)
            .Select(count => new PhaseTotals(count.Phase, count.Durations, count.TotalSeconds)));

    private readonly Func<RunMetricsDbContext, string, int, IAsyncEnumerable<RecentRun>> _listRecentOfProject = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string projectId, int count) => context.Runs
            .Where(run => run.ProjectId == projectId)
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(count)
            .Select(run => new RecentRun(
                run.WorkOrderId,
                run.Iteration,
                context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
                run.Id,
                run.Status,
                run.StartedAt)));

    private readonly Func<RunMetricsDbContext, int, IAsyncEnumerable<RecentRun>> _listRecent = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, int count) => context.Runs
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(count)
            .Select(run => new RecentRun(
                run.WorkOrderId,
                run.Iteration,
                context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
                run.Id,
                run.Status,
                run.StartedAt)));

    /// <summary>True when the tables count just the runs that are meant.</summary>
    public static bool Serve(string? projectId, DateTimeOffset? asOf, ProjectAccess access) =>
        asOf is null && (projectId is null ? access.ProjectIds is null : access.Allows(projectId));

    /// <summary>What was added up.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project; null for all together.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<SummaryTotals> ReadAsync(RunMetricsDbContext context, string? projectId, CancellationToken cancellationToken) => new(
        await _listRunCounts(context, projectId ?? AllProjects).ToListAsync(cancellationToken),
        await _listPhaseCounts(context, projectId ?? AllProjects).ToListAsync(cancellationToken));

    /// <summary>The newest runs.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project; null for all together.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<RecentRun>> ListRecentAsync(
        RunMetricsDbContext context, string? projectId, int count, CancellationToken cancellationToken) =>
        await (projectId is null ? _listRecent(context, count) : _listRecentOfProject(context, projectId, count)).ToListAsync(cancellationToken);
}
