using System.Reflection;
using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using RunMetrics.Api.Security;

namespace RunMetrics.Api.Telemetry;

/// <summary>
/// Exports traces, metrics and logs over OTLP where OpenTelemetry's own settings name a collector. Without one nothing of OpenTelemetry is loaded.
/// </summary>
internal static class TelemetryExport
{
    /// <summary>The setting that names the collector and switches the export on.</summary>
    public const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ServiceName = "runmetrics-api";

    /// <exception cref="StartRefusedException">The address of the collector cannot be used.</exception>
    public static void AddTelemetryExport(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[EndpointSetting] is not { Length: > 0 } endpoint)
        {
            return;
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new StartRefusedException($"{EndpointSetting} is '{endpoint}'; accepted: http or https, such as http://localhost:4317.");
        }

        AddExporters(builder);
    }

    // A method of its own, as its assemblies are loaded when it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddExporters(WebApplicationBuilder builder) => builder.Services
        .AddHostedService<LastExport>()
        .AddOpenTelemetry()
        .ConfigureResource(resource => resource
            .AddService(
                ServiceName,
                serviceVersion: typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion)
            .AddEnvironmentVariableDetector())
        .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddSource(RunMetricsTelemetry.Name))
        .WithMetrics(metrics => metrics.AddMeter(
            RunMetricsTelemetry.Name,
            "Microsoft.AspNetCore.Hosting",
            "Microsoft.AspNetCore.RateLimiting",
            "Microsoft.AspNetCore.Server.Kestrel"))
        .WithLogging(configureBuilder: null, logging => logging.IncludeFormattedMessage = true)
        .UseOtlpExporter();
}

/// <summary>
/// Sends what was not sent yet when the service has stopped to answer. The providers would do so one after the other when they are disposed: for a
/// collector that hangs all of them wait at once.
/// </summary>
internal sealed class LastExport(TracerProvider traces, MeterProvider metrics, LoggerProvider logs) : IHostedService
{
    private const int TimeoutMilliseconds = 5000;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => traces.Shutdown(TimeoutMilliseconds), CancellationToken.None),
        Task.Run(() => metrics.Shutdown(TimeoutMilliseconds), CancellationToken.None),
        Task.Run(() => logs.Shutdown(TimeoutMilliseconds), CancellationToken.None));
}
