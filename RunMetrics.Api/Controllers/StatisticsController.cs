using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Parameters;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Api.Controllers;

/// <summary>Answers how runs and their phases came out and how what they took is distributed.</summary>
[ApiController]
[Tags("Statistics")]
public sealed class StatisticsController(RunMetricsQueries queries) : ControllerBase
{
    /// <summary>Computes the statistics of a project.</summary>
    /// <param name="id">The project; a `/` in it is percent-encoded.</param>
    /// <param name="parameters">Which runs count, and how.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("repos/{id}/run-metrics/statistics")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsStatistics>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> ComputeProjectStatisticsAsync(
        string id, [FromQuery] StatisticsParameters parameters, CancellationToken cancellationToken)
    {
        var projectId = ProjectSegment.ToProjectId(id);
        return await ComputeAsync(projectId, parameters, cancellationToken) is { } statistics ? Ok(statistics) : this.UnknownProjectProblem(projectId);
    }

    /// <summary>Computes the statistics of all projects.</summary>
    /// <param name="parameters">Which runs count, and how.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("run-metrics/statistics")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunMetricsStatistics>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ComputeStatisticsAsync([FromQuery] StatisticsParameters parameters, CancellationToken cancellationToken) =>
        Ok(await ComputeAsync(projectId: null, parameters, cancellationToken));

    private Task<RunMetricsStatistics?> ComputeAsync(string? projectId, StatisticsParameters parameters, CancellationToken cancellationToken) =>
        queries.ComputeStatisticsAsync(
            parameters.ToFilter(projectId), parameters.AsOf, parameters.GroupByLabel, User.ProjectAccess(), cancellationToken);
}
