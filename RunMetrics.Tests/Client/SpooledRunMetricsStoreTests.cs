using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>What is answered from the store, and what is spooled while it is away.</summary>
public sealed class SpooledRunMetricsStoreTests : SpoolFixture
{
    [Test]
    public async Task WriteAsync_store_answers_nothing_is_spooled()
    {
        SpoolOptions.DeliveryTimeout = TimeSpan.FromMinutes(1);
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);

        results.ShouldBe([FactResult.Stored]);
        Directory.Exists(SpoolOptions.Folder).ShouldBeFalse();
    }

    [Test]
    public async Task WriteAsync_store_refuses_the_caller_hears_it_at_once()
    {
        SpoolOptions.DeliveryTimeout = TimeSpan.FromMinutes(1);
        Store.Answer = _ => FactResult.UnknownRun("run-1");
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.OpenPhase()], CancellationToken.None);

        results.Single().Rejection!.Reason.ShouldBe(FactRejectionReason.UnknownRun);
        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task WriteAsync_store_is_away_facts_are_lines_of_an_import_on_disk()
    {
        Store.IsAway = true;
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run(), SampleFacts.ClosedPhase()], CancellationToken.None);

        results.ShouldBe([FactResult.Spooled, FactResult.Spooled]);
        (await File.ReadAllLinesAsync(Segment)).ShouldBe([Line(SampleFacts.Run()), Line(SampleFacts.ClosedPhase())]);
        (await StatusAsync()).ShouldSatisfyAllConditions(
            status => status.PendingFacts.ShouldBe(2),
            status => status.PendingBytes.ShouldBe(new FileInfo(Segment).Length),
            status => status.Oldest.ShouldBe(SampleFacts.Start),
            status => status.RejectedFacts.ShouldBe(0));
    }

    [Test]
    public async Task WriteAsync_store_hangs_is_waited_for_no_longer_than_the_bound()
    {
        var forever = new TaskCompletionSource();
        Store.OnWrite = _ => forever.Task;
        await using var spooled = Open();

        var first = await spooled.WriteAsync([SampleFacts.Run("a")], CancellationToken.None);
        var second = await spooled.WriteAsync([SampleFacts.Run("b")], CancellationToken.None);
        forever.SetResult();

        first.Concat(second).ShouldBe([FactResult.Spooled, FactResult.Spooled]);
        await Eventually.TrueAsync(async () => (await StatusAsync()).PendingFacts == 0);
        Store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task WriteAsync_thread_of_the_store_is_stuck_is_waited_for_no_longer_than_the_bound()
    {
        using var stuck = new ManualResetEventSlim();
        Store.OnWrite = _ =>
        {
            stuck.Wait();
            return Task.CompletedTask;
        };
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);

        results.ShouldBe([FactResult.Spooled]);
        stuck.Set();
        await Eventually.TrueAsync(async () => (await StatusAsync()).PendingFacts == 0);
    }

    [Test]
    public async Task WriteAsync_facts_wait_already_later_ones_line_up_behind_them()
    {
        Store.IsAway = true;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("b")]);
        var gate = new TaskCompletionSource();
        Store.OnWrite = _ => gate.Task;
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run("c")], CancellationToken.None);
        gate.SetResult();

        results.ShouldBe([FactResult.Spooled]);
        await Eventually.TrueAsync(() => Store.Written.Count == 3);
        Store.Written.Select(fact => fact.Id).ShouldBe(["a", "b", "c"]);
    }

    [Test]
    public async Task WriteAsync_mistake_of_the_caller_is_thrown_and_not_spooled()
    {
        Store.OnWrite = facts => throw new ArgumentException("No such fact.", nameof(facts));
        await using var spooled = Open();

        await Should.ThrowAsync<ArgumentException>(() => spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None));

        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task Open_store_comes_back_what_waits_is_delivered_and_later_facts_go_straight_to_it()
    {
        Store.IsAway = true;
        await using var spooled = Open();
        await spooled.WriteAsync([SampleFacts.Run("a")], CancellationToken.None);

        Store.IsAway = false;
        await Eventually.TrueAsync(async () => (await StatusAsync()).TotalBytes == 0);
        var results = await spooled.WriteAsync([SampleFacts.Run("b")], CancellationToken.None);

        results.ShouldBe([FactResult.Stored]);
        Store.Written.Select(fact => fact.Id).ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task Open_folder_of_an_earlier_process_is_delivered()
    {
        Store.IsAway = true;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.EndedRun("a")]);
        Store.IsAway = false;

        await using var spooled = Open();

        await Eventually.TrueAsync(() => Store.Written.Count == 2);
        Store.Written.ShouldBe([SampleFacts.Run("a"), SampleFacts.EndedRun("a")]);
    }

    [Test]
    public async Task WriteAsync_at_the_bound_refuses_counts_and_says_so_once_and_drops_nothing()
    {
        using var listener = new MeterListener();
        var refused = 0L;
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "runmetrics.spool.refused")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref refused, count));
        listener.Start();
        var log = new LogLines<SpooledRunMetricsStore>();
        SpoolOptions.MaxBytes = 64 * 1024;
        Store.IsAway = true;
        var spooled = SpooledRunMetricsStore.Open(Store, SpoolOptions, logger: log);
        var kept = 0;
        while ((await StatusAsync()).TotalBytes + Line(SampleFacts.Run($"run-{kept}")).Length + 1 <= SpoolOptions.MaxBytes)
        {
            await spooled.WriteAsync([SampleFacts.Run($"run-{kept}")], CancellationToken.None);
            kept++;
        }

        var exceptions = new[]
        {
            await Should.ThrowAsync<StoreUnavailableException>(() => spooled.WriteAsync([SampleFacts.Run("late-1")], CancellationToken.None)),
            await Should.ThrowAsync<StoreUnavailableException>(() => spooled.WriteAsync([SampleFacts.Run("late-2")], CancellationToken.None)),
        };
        await spooled.DisposeAsync();
        Store.IsAway = false;
        var report = await DrainAsync();

        exceptions.ShouldAllBe(exception => exception.Message.Contains(SpoolOptions.Folder, StringComparison.Ordinal));
        refused.ShouldBe(2);
        log.All.Count(line => line.Contains("is full", StringComparison.Ordinal)).ShouldBe(1);
        report.ShouldBe(new SpoolDrainReport(kept, 0, null));
        Store.Written.Select(fact => fact.Id).ShouldBe(Runs(kept).Select(fact => fact.Id));
    }

    [Test]
    public async Task WriteAsync_folder_that_cannot_be_made_is_said_and_the_store_still_used()
    {
        await File.WriteAllTextAsync(SpoolOptions.Folder, "a file where the folder should be");
        await using var spooled = Open();

        var stored = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        Store.IsAway = true;
        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None));

        stored.ShouldBe([FactResult.Stored]);
        exception.Message.ShouldContain(SpoolOptions.Folder);
    }

    [Test]
    public async Task FindRunAsync_facts_wait_delivers_them_first()
    {
        await SpoolAsync([SampleFacts.Run()]);
        await using var spooled = Open();

        await spooled.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);

        Store.Written.Count.ShouldBe(1);
    }

    [Test]
    public async Task FindRunAsync_facts_cannot_be_delivered_gives_no_stale_answer()
    {
        await SpoolAsync([SampleFacts.Run()]);
        Store.IsAway = true;
        await using var spooled = Open();

        await Should.ThrowAsync<StoreUnavailableException>(() => spooled.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None));
    }

    [Test]
    public async Task WriteAsync_many_callers_at_once_every_fact_is_kept_once()
    {
        Store.IsAway = true;
        await using (var spooled = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => spooled.WriteAsync([SampleFacts.Run($"run-{i}")], CancellationToken.None))));
        }

        Store.IsAway = false;
        await DrainAsync();

        Store.Written.Select(fact => fact.Id).ShouldBe(Runs(100).Select(fact => fact.Id), StringComparer.Ordinal, ignoreOrder: true);
    }

    [Test]
    public async Task WriteAsync_token_is_refused_facts_stay_in_the_spool_until_it_is_right()
    {
        await using var server = await StubServer.StartAsync();
        server.Token = "right";
        var token = "wrong";
        using var http = HttpRunMetricsStore.Create(server.Address, options => options.BearerToken = _ => ValueTask.FromResult<string?>(token));
        await using var spooled = SpooledRunMetricsStore.Open(http, SpoolOptions);

        var results = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        await Eventually.TrueAsync(() => server.Requests.Count > 3);
        var before = await StatusAsync();
        token = "right";
        await Eventually.TrueAsync(async () => (await StatusAsync()).PendingFacts == 0);

        results.ShouldBe([FactResult.Spooled]);
        (before.PendingFacts, before.RejectedFacts).ShouldBe((1, 0));
        (await StatusAsync()).RejectedFacts.ShouldBe(0);
        server.Requests.Last().Body.ShouldBe(Line(SampleFacts.Run()) + "\n");
    }

    [Test]
    public async Task WriteAsync_another_process_writes_for_long_is_waited_for()
    {
        var time = new FakeTimeProvider();
        Directory.CreateDirectory(SpoolOptions.Folder);
        using var appending = FileLock.TryAcquire(Path.Combine(SpoolOptions.Folder, "append.lock"))!;
        Store.IsAway = true;
        var spooled = SpooledRunMetricsStore.Open(Store, SpoolOptions, time);

        var writing = spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        for (var second = 0; second < 30; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            writing.IsCompleted.ShouldBeFalse();
        }

        appending.Dispose();
        await PassTimeUntilAsync(time, writing);
        await PassTimeUntilAsync(time, spooled.DisposeAsync().AsTask());

        (await writing).ShouldBe([FactResult.Spooled]);
    }

    [Test]
    public async Task WriteAsync_access_that_is_limited_is_refused_and_not_spooled()
    {
        Store.IsAway = true;
        await using var spooled = Open();

        await Should.ThrowAsync<NotSupportedException>(() => spooled.WriteAsync(
            new FactBatch([SampleFacts.Run()], ProjectAccess.Only(["bop"]), TestDatabase.Now), CancellationToken.None));

        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    private static Task PassTimeUntilAsync(FakeTimeProvider time, Task task) => Eventually.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(20));
        return task.IsCompleted;
    });
}
