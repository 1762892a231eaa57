using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Security;

namespace RunMetrics.Api.Controllers;

/// <summary>Says whether the service lives and is ready.</summary>
[ApiController]
[Route("health")]
[Tags("Health")]
public sealed class HealthController(HealthCheckService checks) : ControllerBase
{
    private static readonly HealthStatusRecord Healthy = new("healthy");

    /// <summary>Answers as long as the process serves requests.</summary>
    [HttpGet("live")]
    [AllowAnonymous]
    [ProducesResponseType<HealthStatusRecord>(StatusCodes.Status200OK)]
    public IActionResult GetLive() => Ok(Healthy);

    /// <summary>Answers 200 while the database answers too.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet("ready")]
    [Authorize(Scopes.Read)]
    [ProducesResponseType<HealthStatusRecord>(StatusCodes.Status200OK)]
    [ProducesProblem(StatusCodes.Status503ServiceUnavailable)]
    public async Task<IActionResult> GetReadyAsync(CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        return report.Status == HealthStatus.Healthy
            ? Ok(Healthy)
            : HttpContext.ToProblemResult(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
    }
}
