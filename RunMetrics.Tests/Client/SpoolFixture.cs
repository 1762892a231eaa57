using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Client;

/// <summary>A spool in a folder of its own, with a store in memory that goes away and comes back.</summary>
public abstract class SpoolFixture
{
    private protected TemporaryFolder Temporary { get; private set; } = null!;

    private protected FakeStore Store { get; private set; } = null!;

    private protected RunMetricsSpoolOptions SpoolOptions { get; private set; } = null!;

    private protected RunMetricsSpool Spool { get; private set; } = null!;

    private protected string Segment => Directory.GetFiles(SpoolOptions.Folder, "facts-*.ndjson").Order(StringComparer.Ordinal).Last();

    private protected string Rejects => Path.Combine(SpoolOptions.Folder, "rejects.ndjson");

    [SetUp]
    public void MakeFolder()
    {
        Temporary = new TemporaryFolder();
        Store = new FakeStore();
        SpoolOptions = new RunMetricsSpoolOptions
        {
            Folder = Temporary.File("spool"),
            DeliveryTimeout = TimeSpan.FromMilliseconds(200),
            RetryDelay = TimeSpan.FromMilliseconds(10),
            MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        };
        Spool = new RunMetricsSpool(SpoolOptions);
    }

    [TearDown]
    public void RemoveFolder() => Temporary.Dispose();

    private protected static Fact[] Runs(int count) => [.. Enumerable.Range(0, count).Select(i => SampleFacts.Run($"run-{i}"))];

    private protected static string Line(Fact fact) => Encoding.UTF8.GetString(FactWriter.ToLine(fact));

    private protected SpooledRunMetricsStore Open() => SpooledRunMetricsStore.Open(Store, SpoolOptions);

    private protected Task<SpoolDrainReport> DrainAsync() => Spool.DrainAsync(Store, CancellationToken.None);

    private protected Task<SpoolStatus> StatusAsync() => Spool.ReadStatusAsync(CancellationToken.None);

    /// <summary>Leaves facts in the folder as a process does whose store is away.</summary>
    private protected async Task SpoolAsync(Fact[] facts)
    {
        var away = new FakeStore { IsAway = true };
        await using var spooled = SpooledRunMetricsStore.Open(away, SpoolOptions);
        await spooled.WriteAsync(facts, CancellationToken.None);
    }

    private protected JsonElement[] RejectLines() => [.. File.ReadAllLines(Rejects).Select(line => JsonElement.Parse(line))];
}
