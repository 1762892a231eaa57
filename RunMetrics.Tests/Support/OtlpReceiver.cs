using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RunMetrics.Tests.Support;

/// <summary>
/// A collector of a test's own: a real server that takes traces, metrics and logs over OTLP, as Protocol Buffers over HTTP, and keeps what tests look
/// at. The numbers of fields are those of opentelemetry-proto.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Span> Spans { get; } = new();

    public ConcurrentQueue<Point> Points { get; } = new();

    public ConcurrentQueue<LogRecord> Logs { get; } = new();

    /// <summary>What a program is started with to export here, soon after it has something to tell.</summary>
    public Dictionary<string, string?> Environment => EnvironmentFor(_app.Urls.Single());

    public static Dictionary<string, string?> EnvironmentFor(string endpoint) => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "50",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new OtlpReceiver(builder.Build());
        receiver.Take("/v1/traces", receiver.TakeSpans);
        receiver.Take("/v1/metrics", receiver.TakeMetrics);
        receiver.Take("/v1/logs", receiver.TakeLogs);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>What an instrument has counted or measured last; null before it was received.</summary>
    /// <param name="metric">The name of the instrument.</param>
    /// <param name="attributes">The attributes, as <see cref="Point"/> has them.</param>
    public Point? Last(string metric, string attributes = "") => Points.LastOrDefault(point => point.Metric == metric && point.Attributes == attributes);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private void Take(string path, Action<ProtobufMessage> take) => _app.MapPost(path, async (HttpRequest request) =>
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        take(new ProtobufMessage(body.ToArray()));
        return Results.Bytes([], "application/x-protobuf");
    });

    private void TakeSpans(ProtobufMessage request) => ForEach(request, (span, resource) => Spans.Enqueue(new Span(
        resource, span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), Attributes(span, 9))));

    private void TakeLogs(ProtobufMessage request) => ForEach(request, (log, resource) => Logs.Enqueue(new LogRecord(
        resource, log.Message(5).Text(1), log.Text(3), log.Hex(9))));

    private void TakeMetrics(ProtobufMessage request) => ForEach(request, (metric, resource) =>
    {
        foreach (var point in metric.Message(5).Messages(1).Concat(metric.Message(7).Messages(1)))
        {
            Points.Enqueue(new Point(
                resource, metric.Text(1), metric.Text(3), Attributes(point, 7), point.Has(4) ? point.Double(4) : point.Integer(6), Count: 1));
        }

        foreach (var point in metric.Message(9).Messages(1))
        {
            Points.Enqueue(new Point(resource, metric.Text(1), metric.Text(3), Attributes(point, 9), point.Double(5), point.Integer(4)));
        }
    });

    /// <summary>All three requests have the same form: resources, in them scopes, in them what is told.</summary>
    private static void ForEach(ProtobufMessage request, Action<ProtobufMessage, string> take)
    {
        foreach (var ofResource in request.Messages(1))
        {
            var resource = Attributes(ofResource.Message(1), 1);
            foreach (var told in ofResource.Messages(2).SelectMany(scope => scope.Messages(2)))
            {
                take(told, resource);
            }
        }
    }

    private static string Attributes(ProtobufMessage message, int field) => string.Join(' ', message.Messages(field)
        .Select(attribute => $"{attribute.Text(1)}={ValueOf(attribute.Message(2))}")
        .Order(StringComparer.Ordinal));

    private static string ValueOf(ProtobufMessage value) =>
        value.Has(3) ? value.Integer(3).ToString(CultureInfo.InvariantCulture) : value.Text(1);

    /// <summary>A span that was received; ids in hexadecimal, the parent empty without one, attributes as <c>name=value name=value</c>, by name.</summary>
    internal sealed record Span(string Resource, string Name, string TraceId, string SpanId, string ParentSpanId, string Attributes);

    /// <summary>A figure that was received; of a histogram the sum, and the number of what was measured.</summary>
    internal sealed record Point(string Resource, string Metric, string Unit, string Attributes, double Value, long Count);

    /// <summary>A log record that was received; the trace empty outside of one.</summary>
    internal sealed record LogRecord(string Resource, string Body, string Severity, string TraceId);
}
