using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using RunMetrics.Domain.Intake;

namespace RunMetrics.Domain.Recording;

/// <summary>Registers the recorder with a host.</summary>
public static class RunMetricsRecorderServices
{
    /// <summary>Registers a <see cref="RunMetricsRecorder"/> in front of the registered <see cref="IRunMetricsStore"/>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static IServiceCollection AddRunMetricsRecorder(
        this IServiceCollection services, Action<RunMetricsRecorderOptions>? configure = null)
    {
        var options = new RunMetricsRecorderOptions();
        configure?.Invoke(options);
        RunMetricsRecorderOptions.Validate(options);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new RunMetricsRecorder(
            provider.GetRequiredService<IRunMetricsStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<RunMetricsRecorder>>(),
            options));
        return services;
    }
}
