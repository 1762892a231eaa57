using System.Diagnostics.Metrics;

namespace RunMetrics.Client.Spooling;

/// <summary>Counts what passes through spools and measures what lies in them, for those who listen to the meter <see cref="RunMetricsTelemetry.Name"/>.</summary>
internal static class SpoolTelemetry
{
    private static readonly Meter Meter = new(RunMetricsTelemetry.Name);

    public static readonly Counter<long> Spooled = Meter.CreateCounter<long>(
        "runmetrics.spool.spooled", "{fact}", "Facts that were kept on disk because the store was away.");

    public static readonly Counter<long> Delivered = Meter.CreateCounter<long>(
        "runmetrics.spool.delivered", "{fact}", "Spooled facts that the store took.");

    public static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "runmetrics.spool.rejected", "{fact}", "Spooled facts that the store refused or that could not be read.");

    public static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "runmetrics.spool.refused", "{fact}", "Facts that were lost to this store because the spool was full or could not be written.");

    private static readonly Gauge<long> Size = Meter.CreateGauge<long>(
        "runmetrics.spool.size", "By", "What the spool takes on disk, rejects and delivered facts that are still there among it.");

    /// <summary>Measures what a spool takes on disk, unless it cannot be read.</summary>
    public static void Measure(SpoolFolder folder)
    {
        if (!Size.Enabled)
        {
            return;
        }

        try
        {
            Size.Record(folder.TotalBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever writes to it or delivers from it is told.
        }
    }
}
