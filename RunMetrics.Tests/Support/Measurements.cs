using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace RunMetrics.Tests.Support;

/// <summary>What is measured by certain instruments of RunMetrics, by all of the process: a fixture that listens is not parallelizable.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener;
    private readonly ConcurrentQueue<Measured> _all = new();

    /// <summary>Listens from now on.</summary>
    /// <param name="instruments">The names of the instruments.</param>
    public Measurements(params string[] instruments)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RunMetricsTelemetry.Name && instruments.Contains(instrument.Name, StringComparer.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _all.Enqueue(new Measured(instrument, value, Text(tags.ToArray()))));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _all.Enqueue(new Measured(instrument, value, Text(tags.ToArray()))));
        _listener.Start();
    }

    public IReadOnlyCollection<Measured> All => _all;

    /// <summary>What one of the instruments has measured, in its order.</summary>
    public IReadOnlyList<Measured> Of(string instrument) => [.. _all.Where(measured => measured.Instrument.Name == instrument)];

    public void Dispose() => _listener.Dispose();

    /// <summary>Attributes as <c>name=value name=value</c>, by name.</summary>
    public static string Text(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));

    internal sealed record Measured(Instrument Instrument, double Value, string Tags);
}
