using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Queries;

/// <summary>Narrows queries to the projects of a scope.</summary>
internal static class ProjectScoping
{
    public static IQueryable<Run> Within(this IQueryable<Run> runs, ProjectScope scope) =>
        scope.ProjectIds is { } projectIds ? runs.Where(run => projectIds.Contains(run.ProjectId)) : runs;
}
