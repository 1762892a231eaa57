using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Api.Controllers;

/// <summary>Answers how long runs take.</summary>
[ApiController]
[Tags("Summaries")]
public sealed class SummariesController(RunMetricsQueries queries) : ControllerBase
{
    private const int DefaultRecent = 10;
    private const int MaxRecent = 200;

    /// <summary>Summarizes the runs of a project.</summary>
    /// <param name="id">The project; a `/` in it is percent-encoded.</param>
    /// <param name="recent">How many of the newest runs to list, at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("repos/{id}/run-metrics/summary")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsSummary>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound)]
    public async Task<IActionResult> SummarizeProjectAsync(
        string id, [FromQuery, Range(0, MaxRecent)] int recent = DefaultRecent, CancellationToken cancellationToken = default)
    {
        // The server decodes every escape in a path but that of the slash.
        var projectId = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return await queries.SummarizeAsync(projectId, recent, User.ProjectAccess(), cancellationToken) is { } summary
            ? Ok(summary)
            : this.UnknownProjectProblem(projectId);
    }

    /// <summary>Summarizes the runs of all projects, for a project that has no history yet.</summary>
    /// <param name="recent">How many of the newest runs to list, at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("run-metrics/summary")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsSummary>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status400BadRequest)]
    public async Task<IActionResult> SummarizeAllAsync(
        [FromQuery, Range(0, MaxRecent)] int recent = DefaultRecent, CancellationToken cancellationToken = default) =>
        Ok(await queries.SummarizeAsync(projectId: null, recent, User.ProjectAccess(), cancellationToken));
}
