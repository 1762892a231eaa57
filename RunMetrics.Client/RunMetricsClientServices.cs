using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client;

/// <summary>Registers a remote RunMetrics API as the store of this program.</summary>
public static class RunMetricsClientServices
{
    /// <summary>The name of the HTTP client, for a program that wants to add handlers of its own.</summary>
    public const string HttpClientName = "RunMetrics";

    /// <summary>Registers an <see cref="HttpRunMetricsStore"/> as the <see cref="IRunMetricsStore"/>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="baseAddress">The address of the API, such as <c>http://localhost:5080</c>.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IServiceCollection AddRunMetricsClient(
        this IServiceCollection services, Uri baseAddress, Action<RunMetricsClientOptions>? configure = null)
    {
        var options = new RunMetricsClientOptions { BaseAddress = baseAddress };
        configure?.Invoke(options);
        RunMetricsClientOptions.Validate(options);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);

        // One client for as long as the process lives: its handler renews connections itself, so the factory has nothing to rotate.
        services.AddHttpClient(HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(HttpRunMetricsStore.MakePrimaryHandler)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddResilienceHandler(HttpClientName, (pipeline, context) =>
                RetryPolicy.Configure(pipeline, options, context.ServiceProvider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new HttpRunMetricsStore(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName), options));
        services.AddSingleton<IRunMetricsStore>(provider => provider.GetRequiredService<HttpRunMetricsStore>());
        return services;
    }
}
