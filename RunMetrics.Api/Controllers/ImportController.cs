using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Security;
using RunMetrics.Domain.Import;

namespace RunMetrics.Api.Controllers;

/// <summary>Takes in recorded facts by the file.</summary>
[ApiController]
[Route("run-metrics/import")]
[Tags("Import")]
public sealed class ImportController(FactImport import) : ControllerBase
{
    /// <summary>Imports facts, one a line.</summary>
    /// <remarks>
    /// Each line is `{"run":{…}}` or `{"phase_metric":{…}}`, a run before its metrics. Every good line is stored whatever stands beside it; the
    /// first 100 refused lines are listed. Importing the same lines again changes nothing.
    /// </remarks>
    /// <param name="cancellationToken">Ends the call; what was stored until then stays.</param>
    [HttpPost]
    [Authorize(Scopes.Write)]
    [DisableRequestSizeLimit]
    [DisableRequestTimeout]
    [Consumes(FactImport.ContentType)]
    [AcceptsFactLines]
    [ProducesResponseType<ImportReport>(StatusCodes.Status200OK)]
    [ProducesResponseType<ImportReport>(StatusCodes.Status207MultiStatus)]
    [ProducesProblem(StatusCodes.Status400BadRequest, StatusCodes.Status415UnsupportedMediaType)]
    public async Task<IActionResult> ImportAsync(CancellationToken cancellationToken)
    {
        var report = await import.RunAsync(Request.BodyReader, User.ProjectAccess(), onRejected: null, cancellationToken);
        return StatusCode(report.Rejected > 0 ? StatusCodes.Status207MultiStatus : StatusCodes.Status200OK, report);
    }
}
