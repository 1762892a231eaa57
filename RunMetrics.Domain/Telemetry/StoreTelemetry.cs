using System.Diagnostics;
using System.Diagnostics.Metrics;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Telemetry;

/// <summary>
/// Measures what waits for stores and what they take, and counts what is refused, for those who listen to the meter
/// <see cref="RunMetricsTelemetry.Name"/>.
/// </summary>
internal static class StoreTelemetry
{
    private const string QueueFull = "queue_full";

    private static readonly UpDownCounter<long> QueueLength = RunMetricsTelemetry.Meter.CreateUpDownCounter<long>(
        "runmetrics.queue.length", "{fact}", "Facts that wait in memory for the store.");

    private static readonly Histogram<long> BatchSize = RunMetricsTelemetry.Meter.CreateHistogram(
        "runmetrics.batch.size",
        "{fact}",
        "Facts that went to the store together.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] });

    private static readonly Histogram<double> CommitDuration = RunMetricsTelemetry.Meter.CreateHistogram(
        "runmetrics.commit.duration",
        "s",
        "How long the store took to write a batch.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        });

    private static readonly Counter<long> RefusedFacts = RunMetricsTelemetry.Meter.CreateCounter<long>(
        "runmetrics.facts.refused", "{fact}", "Facts that were not stored, by the reason of their refusal.");

    public static void Enqueue(int facts) => QueueLength.Add(facts);

    public static void Dequeue(int facts) => QueueLength.Add(-facts);

    /// <summary>Measures a batch that the store has answered for.</summary>
    /// <param name="facts">How many facts it had.</param>
    /// <param name="duration">How long the store took.</param>
    /// <param name="failure">Why nothing of it is stored; null when it is.</param>
    public static void Commit(int facts, TimeSpan duration, Exception? failure)
    {
        if (BatchSize.Enabled || CommitDuration.Enabled)
        {
            var tags = failure is null ? default : new TagList { { "error.type", failure.GetType().FullName } };
            BatchSize.Record(facts, tags);
            CommitDuration.Record(duration.TotalSeconds, tags);
        }
    }

    public static void Refuse(FactRejectionReason reason)
    {
        if (RefusedFacts.Enabled)
        {
            Refuse(1, EnumNames.Of<FactRejectionReason>().NameOf(reason));
        }
    }

    /// <summary>Counts facts that found too many others waiting.</summary>
    public static void RefuseForFullQueue(int facts) => Refuse(facts, QueueFull);

    private static void Refuse(int facts, string reason) => RefusedFacts.Add(facts, new KeyValuePair<string, object?>("runmetrics.reason", reason));
}
