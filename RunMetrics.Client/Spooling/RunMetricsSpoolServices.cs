using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>Registers a spool in front of the store of this program.</summary>
public static class RunMetricsSpoolServices
{
    /// <summary>The key under which the store behind the spool is registered.</summary>
    public const string StoreBehindSpoolKey = "runmetrics-store-behind-spool";

    /// <summary>
    /// Puts a <see cref="SpooledRunMetricsStore"/> in front of the <see cref="IRunMetricsStore"/> that is registered already. The options may be
    /// configured further by <c>services.Configure&lt;RunMetricsSpoolOptions&gt;</c>; a host refuses to start with options that cannot work.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="folder">
    /// The full path of the folder. When null, one of its own for the API that <see cref="RunMetricsClientServices.AddRunMetricsClient"/> has
    /// registered, and <see cref="RunMetricsSpoolOptions.DefaultFolder"/> for any other store.
    /// </param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <exception cref="InvalidOperationException">No store is registered yet.</exception>
    public static IServiceCollection AddRunMetricsSpool(
        this IServiceCollection services, string? folder = null, Action<RunMetricsSpoolOptions>? configure = null)
    {
        var inner = services.LastOrDefault(service => service.ServiceType == typeof(IRunMetricsStore) && !service.IsKeyedService)
            ?? throw new InvalidOperationException($"Register the {nameof(IRunMetricsStore)} before the spool in front of it.");

        services.AddOptionsWithRules<RunMetricsSpoolOptions>().Configure<IOptions<RunMetricsClientOptions>>((options, client) =>
        {
            options.Folder = folder ?? (client.Value.BaseAddress is { } server ? RunMetricsSpoolOptions.DefaultFolderOf(server) : options.Folder);
            configure?.Invoke(options);
        });

        services.Remove(inner);
        services.TryAddSingleton(TimeProvider.System);
        services.AddKeyedSingleton(StoreBehindSpoolKey, (provider, _) => Make(inner, provider));
        services.AddSingleton(provider => SpooledRunMetricsStore.Open(
            provider.GetRequiredKeyedService<IRunMetricsStore>(StoreBehindSpoolKey),
            provider.GetRequiredService<IOptions<RunMetricsSpoolOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<SpooledRunMetricsStore>>()));
        services.AddSingleton<IRunMetricsStore>(provider => provider.GetRequiredService<SpooledRunMetricsStore>());
        return services;
    }

    private static IRunMetricsStore Make(ServiceDescriptor inner, IServiceProvider provider) => (IRunMetricsStore)(
        inner.ImplementationInstance
        ?? inner.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!));
}
