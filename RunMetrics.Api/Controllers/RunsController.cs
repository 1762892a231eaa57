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

/// <summary>Records, reads and deletes runs.</summary>
[ApiController]
[Route("runs/{runId}")]
[Tags("Runs")]
public sealed class RunsController(RunMetricsService service, IRunMetricsStore store, RunMetricsQueries queries) : ControllerBase
{
    /// <summary>Reads a run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<RunRecord>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> GetRunAsync(string runId, CancellationToken cancellationToken) =>
        await queries.FindRunAsync(runId, User.ProjectAccess(), cancellationToken) is { } run ? Ok(run) : this.UnknownRunProblem(runId);

    /// <summary>Records a run, or that it ended.</summary>
    /// <remarks>
    /// The same call again changes nothing. A run leaves `running` once; a call that contradicts what is settled is answered with 409 and changes
    /// nothing. What is left out is not said: when the run is new, `status` becomes `running` and `started_at` the time of the call, and when a
    /// final status is new, `ended_at` becomes the time of the call.
    /// </remarks>
    /// <param name="runId">The id that the runner gives the run: 1 to 128 of `A-Z a-z 0-9 . _ : -`.</param>
    /// <param name="body">The run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpPut]
    [Authorize(Scopes.Write)]
    [AcceptsFact<RunFact>]
    [ProducesResponseType<RunRecord>(StatusCodes.Status200OK)]
    [ProducesResponseType<RunRecord>(StatusCodes.Status201Created)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict)]
    [ProducesProblem(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType)]
    public async Task<IActionResult> PutRunAsync(string runId, [FromBody] JsonElement body, CancellationToken cancellationToken)
    {
        var result = await service.RecordAsync(FactReader.ReadRun(body, runId), User.ProjectAccess(), cancellationToken);
        return StatusCode(result.Disposition == FactDisposition.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, result.Run);
    }

    /// <summary>Deletes a run and its phase metrics.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpDelete]
    [Authorize(Scopes.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    [ProducesProblem(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> DeleteRunAsync(string runId, CancellationToken cancellationToken)
    {
        // The store waits for a locked database on the thread of its caller: not on that of the request, which its time limit shall end.
        var deletion = Task.Run(() => store.DeleteRunAsync(runId, User.ProjectAccess(), cancellationToken), cancellationToken);
        return await deletion.WaitAsync(cancellationToken) ? NoContent() : this.UnknownRunProblem(runId);
    }
}
