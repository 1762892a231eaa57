using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Telemetry;

/// <summary>What the queue in front of a store measures and what is counted as refused.</summary>
[Category(TestCategories.Unit)]
[NonParallelizable]
public sealed class StoreTelemetryTests
{
    private const string QueueLength = "runmetrics.queue.length";
    private const string BatchSize = "runmetrics.batch.size";
    private const string CommitDuration = "runmetrics.commit.duration";
    private const string RefusedFacts = "runmetrics.facts.refused";

    private FakeTimeProvider _clock = null!;
    private UnrulyStore _store = null!;
    private QueuedWriter _writer = null!;
    private Measurements _measurements = null!;

    [SetUp]
    public void Listen()
    {
        _measurements = new Measurements(QueueLength, BatchSize, CommitDuration, RefusedFacts);
        _clock = new FakeTimeProvider(TestDatabase.Now);
        _store = new UnrulyStore(new MemoryStore());
        _writer = new QueuedWriter(_store, maxWaitingFacts: 3, _clock);
    }

    [TearDown]
    public async Task StopListeningAsync()
    {
        _store.Recover();
        await _writer.DisposeAsync();
        _store.Dispose();
        _measurements.Dispose();
    }

    [Test]
    public async Task WriteAsync_while_the_store_is_at_work_measures_what_waits_and_what_is_committed_together()
    {
        var first = await HangInAWriteAsync();
        var second = WriteAsync(SampleFacts.Run("b"), SampleFacts.OpenPhase("b-1", "b"));
        var third = WriteAsync(SampleFacts.Run("c"));
        Waiting().ShouldBe(3);
        _clock.Advance(TimeSpan.FromMilliseconds(250));

        _store.Recover();
        await Task.WhenAll(first, second, third);

        Waiting().ShouldBe(0);
        var sizes = _measurements.Of(BatchSize);
        sizes.Select(size => size.Value).ShouldBe([1, 3]);
        sizes[0].Instrument.ShouldBeOfType<Histogram<long>>().Unit.ShouldBe("{fact}");
        var durations = _measurements.Of(CommitDuration);
        durations.Select(duration => duration.Value).ShouldBe([0.25, 0]);
        durations[0].Instrument.ShouldBeOfType<Histogram<double>>().Unit.ShouldBe("s");
        sizes.Concat(durations).ShouldAllBe(measured => measured.Tags.Length == 0);
    }

    [Test]
    public async Task WriteAsync_a_commit_that_fails_is_measured_with_the_type_of_its_failure()
    {
        _store.Failure = _ => new StoreUnavailableException("The disk is full.");

        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run("a")));

        _measurements.Of(BatchSize).Concat(_measurements.Of(CommitDuration)).Select(measured => measured.Tags)
            .ShouldBe(Enumerable.Repeat("error.type=RunMetrics.Domain.Storage.StoreUnavailableException", 2));
        Waiting().ShouldBe(0);
    }

    [Test]
    public async Task WriteAsync_too_many_facts_wait_counts_those_that_are_turned_away()
    {
        var first = await HangInAWriteAsync();
        var waiting = WriteAsync(SampleFacts.Run("b"), SampleFacts.Run("c"));

        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run("d"), SampleFacts.Run("e")));

        Refused().ShouldBe(["2 runmetrics.reason=queue_full"]);
        Waiting().ShouldBe(2);
        _store.Recover();
        await Task.WhenAll(first, waiting);
    }

    [Test]
    public async Task ImportAsync_facts_that_are_refused_are_counted_by_reason()
    {
        var service = new RunMetricsService(_writer, _clock);

        await service.ImportAsync(
            [
                SampleFacts.Read(SampleFacts.Run("a")),
                FactReading.Unreadable("line", "x", "a fact"),
                SampleFacts.Read(SampleFacts.OpenPhase("m", "nobody")),
            ],
            ProjectAccess.All,
            new OtherRuns(),
            CancellationToken.None);

        Refused().ShouldBe(["1 runmetrics.reason=unreadable", "1 runmetrics.reason=unknown_run"]);
    }

    [Test]
    public async Task RecordAsync_a_fact_that_is_refused_is_counted_by_reason_whoever_refuses_it()
    {
        var service = new RunMetricsService(_writer, _clock);
        await RecordAsync(SampleFacts.EndedRun("a"));

        await Should.ThrowAsync<FactRejectedException>(() => RecordAsync(SampleFacts.EndedRun("a") with { Status = "failed" }));
        await Should.ThrowAsync<FactRejectedException>(() => RecordAsync(SampleFacts.Run("a/b")));

        Refused().ShouldBe(["1 runmetrics.reason=conflict", "1 runmetrics.reason=invalid"]);
        _measurements.Of(RefusedFacts)[0].Instrument.ShouldBeOfType<Counter<long>>().Unit.ShouldBe("{fact}");

        Task RecordAsync(Fact fact) => service.RecordAsync(SampleFacts.Read(fact), ProjectAccess.All, CancellationToken.None);
    }

    private double Waiting() => _measurements.Of(QueueLength).Sum(change => change.Value);

    private string[] Refused() => [.. _measurements.Of(RefusedFacts).Select(refused => $"{refused.Value} {refused.Tags}")];

    private async Task<Task> HangInAWriteAsync()
    {
        _store.Hang();
        var write = WriteAsync(SampleFacts.Run("a"));
        await Eventually.TrueAsync(() => !_store.Batches.IsEmpty);
        return write;
    }

    private Task<IReadOnlyList<FactResult>> WriteAsync(params Fact[] facts) =>
        _writer.WriteAsync(new FactBatch(facts, ProjectAccess.All, _clock.GetUtcNow()), CancellationToken.None);
}
