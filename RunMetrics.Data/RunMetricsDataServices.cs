using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Data.Storing;
using RunMetrics.Domain.Intake;

namespace RunMetrics.Data;

/// <summary>Registers the database of recorded runs.</summary>
public static class RunMetricsDataServices
{
    /// <summary>Registers the store, the queries and the preparation of a SQLite database at start.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="location">The database file.</param>
    public static IServiceCollection AddRunMetricsSqlite(this IServiceCollection services, DatabaseLocation location)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddPooledDbContextFactory<RunMetricsDbContext>(options => options.UseSqlite(location.ConnectionString));
        services.AddSingleton(location);
        services.AddSingleton<RunMetricsDatabase>();
        services.AddSingleton<EfRunMetricsStore>();
        services.AddSingleton<IRunMetricsStore>(provider => new GroupCommitStore(provider.GetRequiredService<EfRunMetricsStore>()));
        services.AddSingleton<RunMetricsService>();
        services.AddSingleton<RunMetricsQueries>();
        return services;
    }
}
