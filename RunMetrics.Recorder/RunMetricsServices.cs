using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Data;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>Registers the recorder in a host.</summary>
public static class RunMetricsServices
{
    private const string Section = "RunMetrics";

    /// <summary>
    /// Registers a <see cref="RunMetricsRecorder"/> on what the configuration names: the server of <c>RunMetrics:Server</c> or
    /// <c>RUNMETRICS_SERVER</c>, with the token of <c>RunMetrics:Token</c> or <c>RUNMETRICS_TOKEN</c> and a spool in front of it; else the database
    /// of <c>ConnectionStrings:RunMetrics</c>, else <c>runmetrics.db</c> in the user's local application data folder. A database is prepared before
    /// other services start; a host refuses to start with one that cannot be used. <c>RunMetrics:StoreTimeout</c> and
    /// <c>RunMetrics:MaxWaitingFacts</c> are the <see cref="RunMetricsRecorderOptions"/>.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="configuration">The configuration of the host.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <exception cref="ArgumentException">The address of the server cannot be read, or an option is out of its range.</exception>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no database.</exception>
    public static IServiceCollection AddRunMetrics(
        this IServiceCollection services, IConfiguration configuration, Action<RunMetricsRecorderOptions>? configure = null)
    {
        var options = new RunMetricsRecorderOptions();
        configuration.GetSection(Section).Bind(options);
        configure?.Invoke(options);
        RunMetricsRecorderOptions.Validate(options);
        services.TryAddSingleton(options);

        var location = RecorderLocation.Find(target: null, name => configuration[name]);
        if (location.Server is { } server)
        {
            var token = RecorderLocation.FindToken(name => configuration[name]);
            return services
                .AddRunMetricsClient(server, client => client.BearerToken = RecordingTarget.MakeTokenSource(token))
                .AddRunMetricsSpool(configure: spool => spool.DeliveryTimeout = RecordingTarget.DeliveryTimeoutWithin(options.StoreTimeout));
        }

        return services.AddRunMetricsDatabase(location.Database!).AddHostedService<DatabasePreparation>();
    }
}

/// <summary>Prepares the database before anything of the host starts that may record.</summary>
internal sealed class DatabasePreparation(RunMetricsDatabase database, IRunMetricsStore store) : IHostedLifecycleService
{
    /// <inheritdoc />
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.PrepareAsync(cancellationToken);
        if (store is RunMetricsStore direct)
        {
            await direct.WarmUpAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
