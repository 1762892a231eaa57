using System.Diagnostics.Metrics;

namespace RunMetrics.Client.Spooling;

/// <summary>Counts what passes through spools, for those who listen to the meter <see cref="RunMetricsTelemetry.Name"/>.</summary>
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
}
