using RunMetrics.Client;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>The newest runs of all projects of a server, which itself lists those of one project at a time.</summary>
internal static class NewestRuns
{
    private const int MaxProjects = 200;

    /// <summary>
    /// Asks for the runs of each project, the one with the newest run first, until no project that is left has a run that is new enough: without
    /// other filters, of as many projects as runs are asked for at most.
    /// </summary>
    /// <param name="queries">The server.</param>
    /// <param name="filter">The runs that are listed, of any project.</param>
    /// <param name="limit">How many runs to list at most.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="RefusedException">Too many projects would have to be asked.</exception>
    public static async Task<Page<RunRecord>> FindAsync(
        HttpRunMetricsQueries queries, RunFilter filter, int limit, CancellationToken cancellationToken)
    {
        var projects = await queries.ListProjectsAsync(cancellationToken)
            .Where(project => filter.Since is null || project.LastStartedAt >= filter.Since)
            .OrderByDescending(project => project.LastStartedAt)
            .ToListAsync(cancellationToken);
        var newest = new Page<RunRecord>([], HasMore: false);
        foreach (var (index, project) in projects.Index())
        {
            if (newest.Items.Count == limit && newest.Items[^1].StartedAt > project.LastStartedAt)
            {
                // The projects that are left have older runs; whether the other filters let any of them through was not asked.
                return filter is { Status: null, WorkOrderId: null, Labels.Count: 0 } ? newest with { HasMore = true } : newest;
            }

            if (index == MaxProjects)
            {
                throw new RefusedException($"These are more than the {MaxProjects} projects whose runs can be searched on a server; name one by --project.");
            }

            // A project whose runs were deleted meanwhile is none any more.
            if (await queries.ListRunsAsync(filter with { ProjectId = project.Id }, limit, cancellationToken) is { } runs)
            {
                newest = Merge(newest, runs, limit);
            }
        }

        return newest;
    }

    private static Page<RunRecord> Merge(Page<RunRecord> some, Page<RunRecord> others, int limit)
    {
        var all = some.Items.Concat(others.Items)
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id, StringComparer.Ordinal)
            .ToList();
        return new Page<RunRecord>([.. all.Take(limit)], some.HasMore || others.HasMore || all.Count > limit);
    }
}
