using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>How much a runner lets its recording cost.</summary>
public sealed class RunMetricsRecorderOptions
{
    /// <summary>The longest that one call of the recorder waits for the store. Above zero, at most one hour; 2 seconds by default.</summary>
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many facts may wait in memory for a store that is slow or stuck; beyond it a call is given up at once, logged and counted. From 1 to
    /// 1,000,000; 20,000 by default.
    /// </summary>
    public int MaxWaitingFacts { get; set; } = QueuedWriter.DefaultMaxWaitingFacts;

    internal static void Validate(RunMetricsRecorderOptions options)
    {
        if (options.StoreTimeout <= TimeSpan.Zero || options.StoreTimeout > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.StoreTimeout, $"{nameof(StoreTimeout)} is '{options.StoreTimeout}'; accepted: above zero, at most one hour.");
        }

        if (options.MaxWaitingFacts is < 1 or > 1_000_000)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxWaitingFacts, $"{nameof(MaxWaitingFacts)} is '{options.MaxWaitingFacts}'; accepted: 1 to 1000000.");
        }
    }
}
