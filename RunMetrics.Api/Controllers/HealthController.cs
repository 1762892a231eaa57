using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RunMetrics.Api.Errors;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Storage;

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
    public async Task<IActionResult> GetReadyAsync(CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        return report.Status == HealthStatus.Healthy
            ? Ok(Healthy)
            : HttpContext.ToProblemResult(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
    }
}

/// <summary>The state of the service.</summary>
/// <param name="Status"><c>healthy</c>; anything else is told by problem details.</param>
internal sealed record HealthStatusRecord(string Status);

/// <summary>Ready means that the database answers a query on its own tables.</summary>
internal sealed class DatabaseCheck(RunMetricsQueries queries) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await queries.FindRunAsync("-", ProjectAccess.All, cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
