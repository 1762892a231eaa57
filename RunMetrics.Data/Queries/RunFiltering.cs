using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Queries;

/// <summary>The runs that are meant and that the caller may see.</summary>
internal static class RunFiltering
{
    public static IQueryable<Run> RunsWhere(this RunMetricsDbContext context, RunFilter filter, ProjectAccess access)
    {
        var runs = context.Runs.AsNoTracking();
        if (access.ProjectIds is { } projectIds)
        {
            runs = runs.Where(run => projectIds.Contains(run.ProjectId));
        }

        if (filter.ProjectId is { } projectId)
        {
            runs = runs.Where(run => run.ProjectId == projectId);
        }

        if (filter.WorkOrderId is { } workOrderId)
        {
            runs = runs.Where(run => run.WorkOrderId == workOrderId);
        }

        if (filter.Status is { } status)
        {
            runs = runs.Where(run => run.Status == status);
        }

        if (filter.Since is { } since)
        {
            runs = runs.Where(run => run.StartedAt >= since);
        }

        if (filter.Until is { } until)
        {
            runs = runs.Where(run => run.StartedAt < until);
        }

        foreach (var (name, value) in filter.Labels)
        {
            // Within a project its runs lead to their labels; over all projects the label leads to its runs.
            runs = filter.ProjectId is null && access.ProjectIds is null
                ? runs.Where(run => context.RunLabels.Where(label => label.Name == name && label.Value == value).Select(label => label.RunId).Contains(run.Id))
                : runs.Where(run => run.Labels.Any(label => label.Name == name && label.Value == value));
        }

        return runs;
    }
}
