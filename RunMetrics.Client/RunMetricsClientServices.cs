using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client;

/// <summary>Registers a remote RunMetrics API as the store of this program.</summary>
public static class RunMetricsClientServices
{
    /// <summary>The name of the HTTP client, for a program that wants to add handlers of its own.</summary>
    public const string HttpClientName = "RunMetrics";

    /// <summary>
    /// Registers an <see cref="HttpRunMetricsStore"/> as the <see cref="IRunMetricsStore"/>, and the <see cref="RunMetricsRecorder"/> that records
    /// to it. The options may be configured further by <c>services.Configure&lt;RunMetricsClientOptions&gt;</c>; a host refuses to start with
    /// options that cannot work.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="baseAddress">The address of the API, such as <c>http://localhost:5080</c>.</param>
    /// <param name="configure">Sets the options, if given.</param>
    public static IServiceCollection AddRunMetricsClient(
        this IServiceCollection services, Uri baseAddress, Action<RunMetricsClientOptions>? configure = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptionsWithRules<RunMetricsClientOptions>().Configure(options =>
        {
            options.BaseAddress = baseAddress;
            configure?.Invoke(options);
        });

        // One client for as long as the process lives: its handler renews connections itself, so the factory has nothing to rotate.
        services.AddHttpClient(HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(HttpPipeline.MakePrimaryHandler)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddResilienceHandler(HttpClientName, (pipeline, context) => HttpPipeline.Configure(
                pipeline, OptionsOf(context.ServiceProvider), context.ServiceProvider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new HttpRunMetricsStore(
            new HttpApi(provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName), OptionsOf(provider), provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton<IRunMetricsStore>(provider => provider.GetRequiredService<HttpRunMetricsStore>());
        services.TryAddSingleton<RunMetricsRecorder>();
        return services;
    }

    private static RunMetricsClientOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<RunMetricsClientOptions>>().Value;
}
