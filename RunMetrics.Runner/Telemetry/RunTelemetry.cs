using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Telemetry;

/// <summary>
/// What is told of the work on a run while it goes on: warnings on the error output, and where OpenTelemetry's own variables name a collector, traces,
/// metrics and logs over OTLP. Without one nothing of OpenTelemetry is loaded. No collector, whatever it does, fails a run or holds up its end for long.
/// </summary>
internal sealed class RunTelemetry : IAsyncDisposable
{
    /// <summary>The environment variable that names the collector and switches the export on.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ServiceName = "runmetrics";

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly IDisposable? _export;
    private readonly TimeProvider _time;

    private RunTelemetry(ILoggerFactory loggers, IDisposable? export, TimeProvider time)
    {
        Loggers = loggers;
        _export = export;
        _time = time;
    }

    /// <summary>Where recorder and spool log.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>What this program was started for, as its caller says; the default when it says nothing.</summary>
    public ActivityContext Parent { get; } = ActivityContext.TryParse(
        Environment.GetEnvironmentVariable(TraceVariables.Parent),
        Environment.GetEnvironmentVariable(TraceVariables.State),
        isRemote: true,
        out var parent)
        ? parent
        : default;

    /// <summary>Opens it; dispose it last.</summary>
    /// <exception cref="RefusedException">The address of the collector cannot be used.</exception>
    public static RunTelemetry Open(TimeProvider time)
    {
        var errorLines = new ErrorLoggers();
        if (Environment.GetEnvironmentVariable(EndpointVariable) is not { Length: > 0 } endpoint)
        {
            return new RunTelemetry(errorLines, export: null, time);
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? OpenExport(errorLines, time)
            : throw new RefusedException($"{EndpointVariable} is '{endpoint}'; accepted: http or https, such as http://localhost:4317.");
    }

    /// <summary>Sends what was not sent yet; a collector that does not take it soon does not get it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_export is not null)
        {
            await Task.Run(_export.Dispose).WaitAsync(FlushTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A method of its own, as its assemblies are loaded when it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RunTelemetry OpenExport(ErrorLoggers errorLines, TimeProvider time)
    {
        var sdk = OpenTelemetrySdk.Create(telemetry => telemetry
            .ConfigureResource(resource => resource
                .AddService(
                    ServiceName,
                    serviceVersion: typeof(RunTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion)
                .AddEnvironmentVariableDetector())
            .WithTracing(tracing => tracing.AddSource(RunMetricsTelemetry.Name))
            .WithMetrics(metrics => metrics.AddMeter(RunMetricsTelemetry.Name))
            .WithLogging(configureBuilder: null, logging => logging.IncludeFormattedMessage = true)
            .UseOtlpExporter()
            .Services.AddLogging(logging => logging.AddProvider(errorLines)));
        return new RunTelemetry(sdk.GetLoggerFactory(), sdk, time);
    }
}
