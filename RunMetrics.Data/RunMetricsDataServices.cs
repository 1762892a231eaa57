using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data;

/// <summary>Registers the database of recorded runs.</summary>
public static class RunMetricsDataServices
{
    /// <summary>Registers the store, the recorder, the queries and the preparation of a database at start.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="location">The database.</param>
    public static IServiceCollection AddRunMetricsDatabase(this IServiceCollection services, DatabaseLocation location) =>
        services.AddRunMetricsDatabase(location, (provider, options) => options.UseApplicationServiceProvider(provider));

    /// <inheritdoc cref="AddRunMetricsDatabase(IServiceCollection, DatabaseLocation)"/>
    /// <param name="services">Where to register.</param>
    /// <param name="location">The database.</param>
    /// <param name="configure">What is set of the contexts' options.</param>
    internal static IServiceCollection AddRunMetricsDatabase(
        this IServiceCollection services, DatabaseLocation location, Action<IServiceProvider, DbContextOptionsBuilder> configure)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(location);
        services.AddSingleton(_ => location.CreateProvider());
        services.AddSingleton<IDbContextFactory<RunMetricsDbContext>>(provider =>
            provider.GetRequiredService<DatabaseProvider>().MakeContexts(options => configure(provider, options)));
        services.AddSingleton(provider => new RunMetricsDatabase(
            provider.GetRequiredService<DatabaseProvider>(),
            provider.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RunMetricsQueries(
            provider.GetRequiredService<DatabaseProvider>(), provider.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>()));
        services.AddSingleton<IRunMetricsStore, RunMetricsStore>();
        services.AddSingleton(provider => new QueuedWriter(
            provider.GetRequiredService<IRunMetricsStore>(), time: provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RunMetricsService(
            provider.GetRequiredService<QueuedWriter>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<RunMetricsRecorder>();
        return services;
    }
}
