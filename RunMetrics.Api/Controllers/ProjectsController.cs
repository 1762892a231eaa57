using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Parameters;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Api.Controllers;

/// <summary>Lists projects and their runs.</summary>
[ApiController]
[Route("repos")]
[Tags("Projects")]
public sealed class ProjectsController(RunMetricsQueries queries) : ControllerBase
{
    private const string ProjectsScope = "projects";

    /// <summary>Lists the projects that have runs, by id in the order of its bytes.</summary>
    /// <param name="page">Which part of the list.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<ListPage<ProjectRecord>>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ListProjectsAsync([FromQuery] ProjectPageParameters page, CancellationToken cancellationToken)
    {
        if (!TryDecode(ProjectsScope, page.Cursor, position => position is [var id] ? id : null, out var after))
        {
            return CursorProblem(page.Cursor!);
        }

        var projects = await queries.ListProjectsAsync(after, page.Limit, User.ProjectAccess(), cancellationToken);
        return Ok(ListPage.Of(projects, last => Cursor.Encode(ProjectsScope, last.Id)));
    }

    /// <summary>Lists the runs of a project, newest first by start, then id.</summary>
    /// <remarks>Runs that are added while a client goes from page to page do not move the others to another page.</remarks>
    /// <param name="id">The project; a `/` in it is percent-encoded.</param>
    /// <param name="page">Which runs, and which part of their list.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("{id}/runs")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<ListPage<RunRecord>>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> ListRunsAsync(string id, [FromQuery] RunPageParameters page, CancellationToken cancellationToken)
    {
        var filter = page.ToFilter(ProjectSegment.ToProjectId(id));
        var scope = JsonSerializer.Serialize(filter);
        if (!TryDecode(scope, page.Cursor, ReadPosition, out var after))
        {
            return CursorProblem(page.Cursor!);
        }

        return await queries.ListRunsAsync(filter, after, page.Limit, User.ProjectAccess(), cancellationToken) is { } runs
            ? Ok(ListPage.Of(runs, last => Cursor.Encode(scope, Instants.Format(last.StartedAt), last.Id)))
            : this.UnknownProjectProblem(filter.ProjectId!);
    }

    private static RunPosition? ReadPosition(string[] position) =>
        position is [var instant, var id] && Instants.TryParse(instant, out var startedAt) ? new RunPosition(startedAt, id) : null;

    /// <returns>False for a cursor that does not belong to the scope; true without a cursor too.</returns>
    private static bool TryDecode<T>(string scope, string? cursor, Func<string[], T?> read, out T? after)
        where T : class
    {
        var isFirstPage = string.IsNullOrEmpty(cursor);
        after = !isFirstPage && Cursor.TryDecode(scope, cursor!) is { } position ? read(position) : null;
        return isFirstPage || after is not null;
    }

    private ObjectResult CursorProblem(string cursor)
    {
        var error = new FactError("cursor", cursor, Cursor.Accepted);
        var errors = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [error.Field] = [error.Message] };
        return HttpContext.ToProblemResult(StatusCodes.Status400BadRequest, error.Message, errors);
    }
}

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items, in the order of the list.</param>
/// <param name="NextCursor">What to ask for the next page with; null on the last page.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Makes pages.</summary>
internal static class ListPage
{
    /// <summary>A page with the position of its last item.</summary>
    public static ListPage<T> Of<T>(Page<T> page, Func<T, string> encode) => new(page.Items, page.HasMore ? encode(page.Items[^1]) : null);
}
