using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Parameters;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Api.Controllers;

/// <summary>Answers how long runs take.</summary>
[ApiController]
[Tags("Summaries")]
public sealed class SummariesController(RunMetricsQueries queries) : ControllerBase
{
    /// <summary>Summarizes the runs of a project.</summary>
    /// <param name="id">The project; a `/` in it is percent-encoded.</param>
    /// <param name="parameters">What is summarized, and how.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("repos/{id}/run-metrics/summary")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsSummary>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound)]
    public async Task<IActionResult> SummarizeProjectAsync(
        string id, [FromQuery] SummaryParameters parameters, CancellationToken cancellationToken)
    {
        var projectId = ProjectSegment.ToProjectId(id);
        return await queries.SummarizeAsync(projectId, parameters.Recent, parameters.AsOf, User.ProjectAccess(), cancellationToken) is { } summary
            ? Ok(summary)
            : this.UnknownProjectProblem(projectId);
    }

    /// <summary>Summarizes the runs of all projects, for a project that has no history yet.</summary>
    /// <param name="parameters">What is summarized, and how.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("run-metrics/summary")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsSummary>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status400BadRequest)]
    public async Task<IActionResult> SummarizeAllAsync([FromQuery] SummaryParameters parameters, CancellationToken cancellationToken) =>
        Ok(await queries.SummarizeAsync(projectId: null, parameters.Recent, parameters.AsOf, User.ProjectAccess(), cancellationToken));
}
