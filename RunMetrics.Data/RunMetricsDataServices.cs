using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RunMetrics.Data.Context;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data;

/// <summary>Registers the database of recorded runs.</summary>
public static class RunMetricsDataServices
{
    /// <summary>Registers the store, the recorder, the queries and the preparation of a SQLite database at start.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="location">The database file.</param>
    public static IServiceCollection AddRunMetricsSqlite(this IServiceCollection services, DatabaseLocation location)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddPooledDbContextFactory<RunMetricsDbContext>(options => options.UseDatabase(location.ConnectionString));
        services.AddSingleton(location);
        services.AddSingleton(provider => new RunMetricsDatabase(
            provider.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>(), location, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RunMetricsQueries(provider.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>()));
        services.AddSingleton<IRunMetricsStore, SqliteRunMetricsStore>();
        services.AddSingleton(provider => new QueuedWriter(provider.GetRequiredService<IRunMetricsStore>()));
        services.AddSingleton(provider => new RunMetricsService(
            provider.GetRequiredService<QueuedWriter>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<RunMetricsRecorder>();
        return services;
    }
}
