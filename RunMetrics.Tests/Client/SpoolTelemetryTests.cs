using System.Diagnostics.Metrics;
using NUnit.Framework;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>What is measured of a spool. What is listened to is emitted by all spools of the process.</summary>
[NonParallelizable]
public sealed class SpoolTelemetryTests
{
    [Test]
    public async Task WriteAsync_and_DrainAsync_measure_what_the_spool_takes_on_disk()
    {
        using var measurements = new Measurements("runmetrics.spool.size");
        using var folder = new TemporaryFolder();
        using var store = new UnrulyStore(new MemoryStore()) { Failure = _ => new StoreUnavailableException("away") };
        await using var spooled = SpooledRunMetricsStore.Open(store, new RunMetricsSpoolOptions { Folder = folder.File("spool") });

        await spooled.WriteAsync([new FactBatch([SampleFacts.Run()], ProjectAccess.All, SampleFacts.Start)], CancellationToken.None);

        var size = measurements.All.First();
        size.Value.ShouldBe((await spooled.Spool.ReadStatusAsync(CancellationToken.None)).TotalBytes);
        size.Value.ShouldBeGreaterThan(0);
        size.Instrument.ShouldBeOfType<Gauge<long>>().Unit.ShouldBe("By");
        store.Failure = _ => null;
        await spooled.DrainAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => measurements.All.Last().Value == 0);
    }
}
