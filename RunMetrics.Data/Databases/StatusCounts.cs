using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Databases;

/// <summary>Counts what is recorded: by the counts that a database of this version keeps, and by the rows in one of an older version.</summary>
internal static class StatusCounts
{
    /// <summary>Adds it to what is known already.</summary>
    public static Task<DatabaseStatus> AddAsync(DatabaseStatus status, RunMetricsDbContext context, CancellationToken cancellationToken) =>
        status.Migration is null ? Task.FromResult(status)
        : status.PendingMigrations == 0 ? ReadCountsAsync(status, context, cancellationToken)
        : CountRowsAsync(status, context, cancellationToken);

    private static async Task<DatabaseStatus> ReadCountsAsync(
        DatabaseStatus status, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var projects = context.ProjectCounts.Where(project => project.Runs > 0);
        var ofAllProjects = context.PhaseCounts.Where(count => count.Series > 0 && count.Series < SeriesNumbers.SeriesOfAProject);
        var open = context.RunCounts.Where(count => count.Project == SeriesNumbers.AllProjects && count.Status == RunStatus.Running);
        return await AddEndsAsync(status, context, cancellationToken) with
        {
            Projects = await projects.LongCountAsync(cancellationToken),
            Runs = await projects.SumAsync(project => project.Runs, cancellationToken),
            OpenRuns = await open.SumAsync(count => count.Runs, cancellationToken)
                + await context.RunChanges.Where(change => change.Status == RunStatus.Running).SumAsync(change => change.Change, cancellationToken),
            PhaseMetrics = await ofAllProjects.SumAsync(
                    count => count.Open + count.Success + count.Failed + count.ChangesRequested + count.Approved + count.Skipped, cancellationToken)
                + await context.PhaseChanges.SumAsync(change => change.Change, cancellationToken),
            OpenPhaseMetrics = await ofAllProjects.SumAsync(count => count.Open, cancellationToken)
                + await context.PhaseChanges.Where(change => change.Outcome == null).SumAsync(change => change.Change, cancellationToken),
        };
    }

    private static async Task<DatabaseStatus> CountRowsAsync(
        DatabaseStatus status, RunMetricsDbContext context, CancellationToken cancellationToken) =>
        await AddEndsAsync(status, context, cancellationToken) with
        {
            Projects = await context.Runs.Select(run => run.ProjectId).Distinct().LongCountAsync(cancellationToken),
            Runs = await context.Runs.LongCountAsync(cancellationToken),
            OpenRuns = await context.Runs.LongCountAsync(run => run.Status == RunStatus.Running, cancellationToken),
            PhaseMetrics = await context.PhaseMetrics.LongCountAsync(cancellationToken),
            OpenPhaseMetrics = await context.PhaseMetrics.LongCountAsync(metric => metric.Outcome == null, cancellationToken),
        };

    private static async Task<DatabaseStatus> AddEndsAsync(
        DatabaseStatus status, RunMetricsDbContext context, CancellationToken cancellationToken) =>
        status with
        {
            OldestRun = await context.Runs.OrderBy(run => run.StartedAt).ThenBy(run => run.Id)
                .Select(run => new RunPosition(run.StartedAt, run.Id)).FirstOrDefaultAsync(cancellationToken),
            NewestRun = await context.Runs.OrderByDescending(run => run.StartedAt).ThenByDescending(run => run.Id)
                .Select(run => new RunPosition(run.StartedAt, run.Id)).FirstOrDefaultAsync(cancellationToken),
        };
}
