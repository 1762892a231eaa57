using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Api.Controllers;

/// <summary>Records and lists the phases of a run.</summary>
[ApiController]
[Route("runs/{runId}/metrics")]
[Tags("Phase metrics")]
public sealed class PhaseMetricsController(RunMetricsService service, RunMetricsQueries queries) : ControllerBase
{
    /// <summary>Lists the phase metrics of a run, by start, then phase, then id.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<IReadOnlyList<PhaseMetricRecord>>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> ListPhaseMetricsAsync(string runId, CancellationToken cancellationToken) =>
        await queries.ListPhaseMetricsAsync(runId, User.ProjectAccess(), cancellationToken) is { } metrics ? Ok(metrics) : this.UnknownRunProblem(runId);

    /// <summary>Records a phase.</summary>
    /// <remarks>
    /// Where no id is given, it is made of run, phase, iteration and start: either way the same call again stores nothing twice and is answered with
    /// 200.
    /// </remarks>
    /// <param name="runId">The id of the run.</param>
    /// <param name="body">The phase metric.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpPost]
    [Authorize(Scopes.Write)]
    [AcceptsFact<PhaseMetricFact>]
    [ProducesResponseType<PhaseMetricRecord>(StatusCodes.Status200OK)]
    [ProducesResponseType<PhaseMetricRecord>(StatusCodes.Status201Created)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict)]
    [ProducesProblem(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType)]
    public Task<IActionResult> PostPhaseMetricAsync(string runId, [FromBody] JsonElement body, CancellationToken cancellationToken) =>
        RecordAsync(FactReader.ReadPhaseMetric(body, runId), cancellationToken);

    /// <summary>Records a phase under a given id, or closes it.</summary>
    /// <remarks>
    /// A phase without `outcome` is open; the same call again with `ended_at` and `outcome` closes it. A phase closes once; a call that
    /// contradicts what is settled is answered with 409 and changes nothing.
    /// </remarks>
    /// <param name="runId">The id of the run.</param>
    /// <param name="metricId">The id of the metric: 1 to 128 of `A-Z a-z 0-9 . _ : -`.</param>
    /// <param name="body">The phase metric.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpPut("{metricId}")]
    [Authorize(Scopes.Write)]
    [AcceptsFact<PhaseMetricFact>]
    [ProducesResponseType<PhaseMetricRecord>(StatusCodes.Status200OK)]
    [ProducesResponseType<PhaseMetricRecord>(StatusCodes.Status201Created)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict)]
    [ProducesProblem(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType)]
    public Task<IActionResult> PutPhaseMetricAsync(
        string runId, string metricId, [FromBody] JsonElement body, CancellationToken cancellationToken) =>
        RecordAsync(FactReader.ReadPhaseMetric(body, runId, metricId), cancellationToken);

    private async Task<IActionResult> RecordAsync(FactReading reading, CancellationToken cancellationToken)
    {
        var result = await service.RecordAsync(reading, User.ProjectAccess(), cancellationToken);
        return StatusCode(result.Disposition == FactDisposition.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, result.PhaseMetric);
    }
}
