using Microsoft.Extensions.Diagnostics.HealthChecks;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Api;

/// <summary>Registers what readiness is judged by.</summary>
internal static class ApiHealth
{
    public static void AddApiHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database");

    /// <summary>Ready means that the database answers a query on its own tables.</summary>
    private sealed class DatabaseCheck(RunMetricsQueries queries) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await queries.FindRunAsync("-", ProjectAccess.All, cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
