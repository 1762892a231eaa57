using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
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

/// <summary>What the spool promises, with a store in memory that goes away and comes back.</summary>
public sealed class SpooledRunMetricsStoreTests
{
    private const int BatchOfADrain = 100;

    private TemporaryFolder _temporary = null!;
    private FakeStore _store = null!;
    private RunMetricsSpoolOptions _options = null!;
    private RunMetricsSpool _spool = null!;

    private string Segment => Directory.GetFiles(_options.Folder, "facts-*.ndjson").Order(StringComparer.Ordinal).Last();

    private string Rejects => Path.Combine(_options.Folder, "rejects.ndjson");

    [SetUp]
    public void MakeFolder()
    {
        _temporary = new TemporaryFolder();
        _store = new FakeStore();
        _options = new RunMetricsSpoolOptions
        {
            Folder = _temporary.File("spool"),
            DeliveryTimeout = TimeSpan.FromMilliseconds(200),
            RetryDelay = TimeSpan.FromMilliseconds(10),
            MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        };
        _spool = new RunMetricsSpool(_options);
    }

    [TearDown]
    public void RemoveFolder() => _temporary.Dispose();

    [Test]
    public async Task WriteAsync_store_answers_nothing_is_spooled()
    {
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);

        results.ShouldBe([FactResult.Stored]);
        Directory.Exists(_options.Folder).ShouldBeFalse();
    }

    [Test]
    public async Task WriteAsync_store_refuses_the_caller_hears_it_at_once()
    {
        _store.Answer = _ => FactResult.UnknownRun("run-1");
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.OpenPhase()], CancellationToken.None);

        results.Single().Rejection!.Reason.ShouldBe(FactRejectionReason.UnknownRun);
        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task WriteAsync_store_is_away_facts_are_lines_of_an_import_on_disk()
    {
        _store.IsAway = true;
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
        _store.OnWrite = _ => forever.Task;
        await using var spooled = Open();

        var first = await spooled.WriteAsync([SampleFacts.Run("a")], CancellationToken.None);
        var second = await spooled.WriteAsync([SampleFacts.Run("b")], CancellationToken.None);
        forever.SetResult();

        first.Concat(second).ShouldBe([FactResult.Spooled, FactResult.Spooled]);
        await Eventually.TrueAsync(async () => (await StatusAsync()).PendingFacts == 0);
        _store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task WriteAsync_thread_of_the_store_is_stuck_is_waited_for_no_longer_than_the_bound()
    {
        using var stuck = new ManualResetEventSlim();
        _store.OnWrite = _ =>
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
        _store.IsAway = true;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("b")]);
        var gate = new TaskCompletionSource();
        _store.OnWrite = _ => gate.Task;
        await using var spooled = Open();

        var results = await spooled.WriteAsync([SampleFacts.Run("c")], CancellationToken.None);
        gate.SetResult();

        results.ShouldBe([FactResult.Spooled]);
        await Eventually.TrueAsync(() => _store.Written.Count == 3);
        _store.Written.Select(fact => fact.Id).ShouldBe(["a", "b", "c"]);
    }

    [Test]
    public async Task WriteAsync_mistake_of_the_caller_is_thrown_and_not_spooled()
    {
        _store.OnWrite = facts => throw new ArgumentException("No such fact.", nameof(facts));
        await using var spooled = Open();

        await Should.ThrowAsync<ArgumentException>(() => spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None));

        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task Open_store_comes_back_what_waits_is_delivered_and_later_facts_go_straight_to_it()
    {
        _store.IsAway = true;
        await using var spooled = Open();
        await spooled.WriteAsync([SampleFacts.Run("a")], CancellationToken.None);

        _store.IsAway = false;
        await Eventually.TrueAsync(async () => (await StatusAsync()).TotalBytes == 0);
        var results = await spooled.WriteAsync([SampleFacts.Run("b")], CancellationToken.None);

        results.ShouldBe([FactResult.Stored]);
        _store.Written.Select(fact => fact.Id).ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task Open_folder_of_an_earlier_process_is_delivered()
    {
        _store.IsAway = true;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.EndedRun("a")]);
        _store.IsAway = false;

        await using var spooled = Open();

        await Eventually.TrueAsync(() => _store.Written.Count == 2);
        _store.Written.ShouldBe([SampleFacts.Run("a"), SampleFacts.EndedRun("a")]);
    }

    [Test]
    public async Task DrainAsync_interrupted_goes_on_behind_what_was_acknowledged()
    {
        var facts = Runs(3 * BatchOfADrain);
        await SpoolAsync(facts);
        _store.OnWrite = _ => _store.Written.IsEmpty ? Task.CompletedTask : throw new StoreUnavailableException("The store is away.");

        var first = await DrainAsync();
        _store.IsAway = false;
        var pending = (await StatusAsync()).PendingFacts;
        var second = await DrainAsync();

        first.ShouldBe(new SpoolDrainReport(BatchOfADrain, 0, "The store is away."));
        pending.ShouldBe(2 * BatchOfADrain);
        second.ShouldBe(new SpoolDrainReport(2 * BatchOfADrain, 0, null));
        _store.Written.Select(fact => fact.Id).ShouldBe(facts.Select(fact => fact.Id));
    }

    [Test]
    public async Task DrainAsync_killed_before_the_answer_was_noted_delivers_again_and_loses_nothing()
    {
        var facts = Runs(2 * BatchOfADrain);
        await SpoolAsync(facts);
        var position = Path.Combine(_options.Folder, "position");
        Directory.CreateDirectory($"{position}.new");
        await Should.ThrowAsync<UnauthorizedAccessException>(DrainAsync);
        Directory.Delete($"{position}.new");

        await DrainAsync();

        _store.Written.Take(BatchOfADrain).Select(fact => fact.Id).ShouldBe(facts.Take(BatchOfADrain).Select(fact => fact.Id));
        _store.Written.Skip(BatchOfADrain).Select(fact => fact.Id).ShouldBe(facts.Select(fact => fact.Id));
    }

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1 999999999\n")]
    [TestCase("rubbish")]
    public async Task DrainAsync_position_that_cannot_be_is_taken_for_the_beginning(string position)
    {
        await SpoolAsync(Runs(3));
        await File.WriteAllTextAsync(Path.Combine(_options.Folder, "position"), position);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(3, 0, null));
    }

    [Test]
    public async Task DrainAsync_line_torn_by_a_kill_is_set_aside_and_the_rest_delivered([Values] bool isFollowed)
    {
        await SpoolAsync([SampleFacts.Run("a")]);
        var torn = Line(SampleFacts.Run("torn"))[..^5];
        await File.AppendAllTextAsync(Segment, torn);
        if (isFollowed)
        {
            await SpoolAsync([SampleFacts.Run("b")]);
        }

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(isFollowed ? 2 : 1, 1, null));
        _store.Written.Select(fact => fact.Id).ShouldBe(isFollowed ? ["a", "b"] : ["a"]);
        RejectLines().Single().GetProperty("line").GetString().ShouldBe(torn);
        (await StatusAsync()).RejectedFacts.ShouldBe(1);
    }

    [Test]
    public async Task DrainAsync_line_torn_at_every_byte_never_becomes_a_fact_and_never_blocks()
    {
        var line = Encoding.UTF8.GetBytes(Line(SampleFacts.Run("torn")));
        for (var length = 1; length < line.Length; length++)
        {
            await SpoolAsync([SampleFacts.Run($"before-{length}")]);
            await using (var file = new FileStream(Segment, FileMode.Append))
            {
                await file.WriteAsync(line.AsMemory(0, length));
            }

            var report = await DrainAsync();

            report.ShouldBe(new SpoolDrainReport(1, 1, null));
        }

        _store.Written.ShouldNotContain(fact => fact.Id == "torn");
        _store.Written.Count.ShouldBe(line.Length - 1);
    }

    [Test]
    public async Task DrainAsync_segment_of_zeros_after_a_power_failure_is_set_aside()
    {
        await SpoolAsync([SampleFacts.Run("a")]);
        await using (var file = new FileStream(Segment, FileMode.Append))
        {
            await file.WriteAsync(new byte[4096]);
        }

        await SpoolAsync([SampleFacts.Run("b")]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 1, null));
    }

    [Test]
    public async Task DrainAsync_poison_fact_is_set_aside_with_its_reason_and_the_rest_delivered()
    {
        var error = new FactError("status", "failed", "'succeeded', as recorded");
        _store.Answer = fact => fact.Id == "poison" ? FactResult.Rejected(FactRejectionReason.Conflict, [error]) : FactResult.Stored;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("poison"), SampleFacts.Run("b")]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 1, null));
        _store.Written.Select(fact => fact.Id).ShouldBe(["a", "b"]);
        var reject = RejectLines().Single();
        reject.GetProperty("reason").GetString().ShouldBe(error.Message);
        reject.GetProperty("fact").GetRawText().ShouldBe(Line(SampleFacts.Run("poison")));
        Instants.TryParse(reject.GetProperty("rejected_at").GetString()!, out _).ShouldBeTrue();
    }

    [Test]
    public async Task DrainAsync_fact_that_the_store_cannot_take_at_all_is_set_aside_alone()
    {
        _store.OnWrite = facts => facts.Any(fact => fact.Id == "poison") ? throw new ArgumentException("Never.", nameof(facts)) : Task.CompletedTask;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("poison"), SampleFacts.Run("b")]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 1, null));
        RejectLines().Single().GetProperty("reason").GetString()!.ShouldContain("Never.");
    }

    [Test]
    public async Task DrainAsync_store_fails_on_one_fact_alone_sets_it_aside_and_delivers_the_rest()
    {
        _store.OnWrite = facts => facts.Any(fact => fact.Id == "run-700") ? throw new StoreUnavailableException("500") : Task.CompletedTask;
        await SpoolAsync(Runs(1_000));

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(999, 1, null));
        _store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(Runs(1_000).Select(fact => fact.Id).Where(id => id != "run-700"));
        RejectLines().Single().GetProperty("reason").GetString().ShouldBe("500");
    }

    [Test]
    public async Task DrainAsync_store_fails_on_the_last_fact_of_a_segment_alone_sets_it_aside_and_delivers_the_rest()
    {
        _options.MaxBytes = 64 * 1024;
        foreach (var fact in Runs(50))
        {
            await SpoolAsync([fact]);
        }

        var segments = Directory.GetFiles(_options.Folder, "facts-*.ndjson").Order(StringComparer.Ordinal).ToList();
        var poison = FactReader.ReadLine(Encoding.UTF8.GetBytes((await File.ReadAllLinesAsync(segments[0]))[^1])).Fact!.Id;
        _store.OnWrite = facts => facts.Any(fact => fact.Id == poison) ? throw new StoreUnavailableException("500") : Task.CompletedTask;

        var report = await DrainAsync();

        segments.Count.ShouldBeGreaterThan(1);
        report.ShouldBe(new SpoolDrainReport(49, 1, null));
        RejectLines().Single().GetProperty("fact").GetProperty("run").GetProperty("id").GetString().ShouldBe(poison);
    }

    [Test]
    public async Task DrainAsync_store_is_away_and_a_torn_line_follows_sets_nothing_aside()
    {
        await SpoolAsync([SampleFacts.Run("a")]);
        await File.AppendAllTextAsync(Segment, "torn\n");
        await SpoolAsync([SampleFacts.Run("b")]);
        _store.IsAway = true;

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(0, 0, "The store is away."));
        (await StatusAsync()).RejectedFacts.ShouldBe(0);
    }

    [Test]
    public async Task DrainAsync_store_comes_back_between_two_attempts_sets_nothing_aside([Range(1, 6)] int failures)
    {
        var attempts = 0;
        _store.OnWrite = _ => ++attempts <= failures ? throw new StoreUnavailableException("The store is away.") : Task.CompletedTask;
        await SpoolAsync(Runs(3));

        while (!(await DrainAsync()).IsComplete)
        {
            attempts.ShouldBeLessThan(20);
        }

        (await StatusAsync()).RejectedFacts.ShouldBe(0);
        _store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(Runs(3).Select(fact => fact.Id), StringComparer.Ordinal, ignoreOrder: true);
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
        _options.MaxBytes = 64 * 1024;
        _store.IsAway = true;
        var spooled = SpooledRunMetricsStore.Open(_store, _options, logger: log);
        var kept = 0;
        while ((await StatusAsync()).TotalBytes + Line(SampleFacts.Run($"run-{kept}")).Length + 1 <= _options.MaxBytes)
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
        _store.IsAway = false;
        var report = await DrainAsync();

        exceptions.ShouldAllBe(exception => exception.Message.Contains(_options.Folder, StringComparison.Ordinal));
        refused.ShouldBe(2);
        log.All.Count(line => line.Contains("is full", StringComparison.Ordinal)).ShouldBe(1);
        report.ShouldBe(new SpoolDrainReport(kept, 0, null));
        _store.Written.Select(fact => fact.Id).ShouldBe(Runs(kept).Select(fact => fact.Id));
    }

    [Test]
    public async Task WriteAsync_folder_that_cannot_be_made_is_said_and_the_store_still_used()
    {
        await File.WriteAllTextAsync(_options.Folder, "a file where the folder should be");
        await using var spooled = Open();

        var stored = await spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        _store.IsAway = true;
        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => spooled.WriteAsync([SampleFacts.Run()], CancellationToken.None));

        stored.ShouldBe([FactResult.Stored]);
        exception.Message.ShouldContain(_options.Folder);
    }

    [Test]
    public async Task FindRunAsync_facts_wait_delivers_them_first()
    {
        await SpoolAsync([SampleFacts.Run()]);
        await using var spooled = Open();

        await spooled.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);

        _store.Written.Count.ShouldBe(1);
    }

    [Test]
    public async Task FindRunAsync_facts_cannot_be_delivered_gives_no_stale_answer()
    {
        await SpoolAsync([SampleFacts.Run()]);
        _store.IsAway = true;
        await using var spooled = Open();

        await Should.ThrowAsync<StoreUnavailableException>(() => spooled.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None));
    }

    [Test]
    public async Task WriteAsync_many_callers_at_once_every_fact_is_kept_once()
    {
        _store.IsAway = true;
        await using (var spooled = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => spooled.WriteAsync([SampleFacts.Run($"run-{i}")], CancellationToken.None))));
        }

        _store.IsAway = false;
        await DrainAsync();

        _store.Written.Select(fact => fact.Id).ShouldBe(Runs(100).Select(fact => fact.Id), StringComparer.Ordinal, ignoreOrder: true);
    }

    [Test]
    public async Task WriteAsync_token_is_refused_facts_stay_in_the_spool_until_it_is_right()
    {
        await using var server = await StubServer.StartAsync();
        server.Token = "right";
        var token = "wrong";
        using var http = HttpRunMetricsStore.Create(server.Address, options => options.BearerToken = _ => ValueTask.FromResult<string?>(token));
        await using var spooled = SpooledRunMetricsStore.Open(http, _options);

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
        Directory.CreateDirectory(_options.Folder);
        using var appending = FileLock.TryAcquire(Path.Combine(_options.Folder, "append.lock"))!;
        _store.IsAway = true;
        var spooled = SpooledRunMetricsStore.Open(_store, _options, time);

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

    private static Task PassTimeUntilAsync(FakeTimeProvider time, Task task) => Eventually.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(20));
        return task.IsCompleted;
    });

    [Test]
    public async Task DrainAsync_another_process_writes_for_too_long_says_so_and_throws_nothing()
    {
        await SpoolAsync([SampleFacts.Run()]);
        _options.DrainTimeout = TimeSpan.FromMilliseconds(50);
        using var appending = FileLock.TryAcquire(Path.Combine(_options.Folder, "append.lock"));

        var report = await DrainAsync();

        (report.Delivered, report.IsComplete).ShouldBe((1, false));
        report.Failure!.ShouldContain("append.lock");
    }

    [Test]
    public async Task WriteAsync_access_that_is_limited_is_refused_and_not_spooled()
    {
        _store.IsAway = true;
        await using var spooled = Open();

        await Should.ThrowAsync<NotSupportedException>(() => spooled.WriteAsync(
            new FactBatch([SampleFacts.Run()], ProjectAccess.Only(["bop"]), TestDatabase.Now), CancellationToken.None));

        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task DrainAsync_run_that_leaves_its_start_open_is_delivered_as_of_the_time_it_was_stated()
    {
        var resumed = SampleFacts.EndedRun("resumed") with { StartedAt = null };
        await SpoolAsync([SampleFacts.Run("a"), resumed, SampleFacts.OpenPhase("m", "resumed"), SampleFacts.Run("b")]);

        var pending = (await StatusAsync()).PendingFacts;
        var report = await DrainAsync();

        pending.ShouldBe(4);
        report.ShouldBe(new SpoolDrainReport(4, 0, null));
        _store.Batches.Single(batch => batch.StatedAt == Instants.Normalize(TestDatabase.Now)).Facts
            .ShouldBe([resumed, SampleFacts.OpenPhase("m", "resumed")]);
        _store.Written.Select(fact => fact.Id).ShouldBe(["a", "resumed", "m", "b"]);
    }

    [Test]
    public async Task DrainAsync_run_of_an_earlier_version_that_leaves_its_start_open_is_delivered()
    {
        var resumed = SampleFacts.Run("resumed") with { StartedAt = null };
        await SpoolAsync([SampleFacts.Run("a")]);
        await File.AppendAllTextAsync(Segment, Line(resumed) + "\n");

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 0, null));
        _store.Written.ShouldContain(resumed);
    }

    [Test]
    public async Task DrainAsync_batch_ends_before_a_run_and_not_between_a_run_and_its_phases()
    {
        await SpoolAsync([SampleFacts.Run("first"), .. Enumerable.Range(0, BatchOfADrain).SelectMany(i => new Fact[]
        {
            SampleFacts.Run($"run-{i}"), SampleFacts.OpenPhase($"m-{i}", $"run-{i}"),
        })]);

        await DrainAsync();

        _store.Batches.Count.ShouldBeGreaterThan(1);
        _store.Batches.ShouldAllBe(batch => batch.Facts[0] is RunFact);
    }

    [Test]
    public async Task DrainAsync_phases_of_a_run_fill_several_batches_each_states_the_run_again()
    {
        var run = SampleFacts.Run("run");
        await SpoolAsync([run, .. Enumerable.Range(0, 2 * BatchOfADrain).Select(i => SampleFacts.OpenPhase($"m-{i}", "run"))]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(1 + (2 * BatchOfADrain), 0, null));
        _store.Batches.Count.ShouldBeGreaterThan(1);
        _store.Batches.ShouldAllBe(batch => batch.Facts[0] == run);
    }

    [Test]
    public async Task DisposeAsync_store_answers_what_waits_is_delivered_first()
    {
        await SpoolAsync(Runs(3 * BatchOfADrain));
        var isOpen = new TaskCompletionSource();
        _store.OnWrite = _ => isOpen.Task;
        _options.DisposeTimeout = TimeSpan.FromHours(1);
        var spooled = Open();

        var disposing = spooled.DisposeAsync().AsTask();
        isOpen.SetResult();
        await disposing;

        (await StatusAsync()).PendingFacts.ShouldBe(0);
    }

    [Test]
    public async Task DisposeAsync_store_hangs_ends_when_its_time_is_over_and_keeps_what_was_answered()
    {
        await SpoolAsync(Runs(3 * BatchOfADrain));
        var forever = new TaskCompletionSource();
        _store.OnWrite = _ => _store.Written.IsEmpty ? Task.CompletedTask : forever.Task;
        _options.DisposeTimeout = TimeSpan.FromMilliseconds(1);
        var spooled = Open();
        await Eventually.TrueAsync(async () => (await StatusAsync()).PendingFacts == 2 * BatchOfADrain);

        await spooled.DisposeAsync();
        forever.SetResult();

        (await StatusAsync()).PendingFacts.ShouldBe(2 * BatchOfADrain);
    }

    [Test]
    public async Task DisposeAsync_store_is_away_ends_at_once()
    {
        await SpoolAsync(Runs(1));
        var attempts = 0;
        _store.OnWrite = _ =>
        {
            Interlocked.Increment(ref attempts);
            throw new StoreUnavailableException("The store is away.");
        };
        _options.RetryDelay = _options.MaxRetryDelay = _options.DisposeTimeout = TimeSpan.FromHours(1);
        var spooled = Open();
        await Eventually.TrueAsync(() => Volatile.Read(ref attempts) == 1);

        await spooled.DisposeAsync();

        attempts.ShouldBe(1);
    }

    [Test]
    public async Task AddRunMetricsSpool_stands_in_front_of_the_client_in_a_folder_of_its_own()
    {
        await using var services = new ServiceCollection()
            .AddRunMetricsClient(new Uri("http://127.0.0.1:5080/"))
            .AddRunMetricsSpool(configure: options => options.DisposeTimeout = TimeSpan.Zero)
            .BuildServiceProvider();

        var options = services.GetRequiredService<IOptions<RunMetricsSpoolOptions>>().Value;
        var folder = options.Folder;
        options.Folder = _options.Folder;
        var store = services.GetRequiredService<IRunMetricsStore>();

        store.ShouldBeOfType<SpooledRunMetricsStore>().Spool.Folder.ShouldBe(_options.Folder);
        services.GetRequiredKeyedService<IRunMetricsStore>(RunMetricsSpoolServices.StoreBehindSpoolKey).ShouldBeOfType<HttpRunMetricsStore>();
        folder.ShouldBe(RunMetricsSpoolOptions.DefaultFolderOf(new Uri("http://127.0.0.1:5080")));
        RunMetricsSpoolOptions.DefaultFolderOf(new Uri("http://127.0.0.1:5081")).ShouldNotBe(folder, StringComparer.Ordinal);
    }

    [Test]
    public async Task AddRunMetricsSpool_recorder_is_disposed_before_the_spool_and_loses_nothing()
    {
        await using (var services = new ServiceCollection()
            .AddSingleton<IRunMetricsStore>(_store)
            .AddRunMetricsSpool(_options.Folder)
            .AddSingleton<RunMetricsRecorder>()
            .BuildServiceProvider())
        {
            _store.IsAway = true;
            var recorder = services.GetRequiredService<RunMetricsRecorder>();
            _ = recorder.StartRunAsync("bop", "032", "run-1");
        }

        (await StatusAsync()).PendingFacts.ShouldBe(1);
    }

    [Test]
    public async Task AddRunMetricsSpool_option_out_of_range_keeps_the_host_from_starting()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            .AddRunMetricsClient(new Uri("ftp://127.0.0.1/"), options => options.MaxRetries = 11)
            .AddRunMetricsSpool("relative", options => options.MaxBytes = 1);
        using var host = builder.Build();

        var exception = await Should.ThrowAsync<Exception>(() => host.StartAsync());

        var messages = ((exception as AggregateException)?.InnerExceptions ?? [exception]).Cast<OptionsValidationException>().SelectMany(each => each.Failures);
        messages.ShouldBe(
            [
                "BaseAddress is 'ftp://127.0.0.1/'; accepted: an absolute http or https address without query, fragment or credentials.",
                "MaxRetries is '11'; accepted: 0 to 10.",
                "Folder is 'relative'; accepted: the full path of a folder.",
                "MaxBytes is '1'; accepted: 65536 to 1099511627776.",
            ],
            ignoreOrder: true);
    }

    [Test]
    public void AddRunMetricsSpool_no_store_says_so() =>
        Should.Throw<InvalidOperationException>(() => new ServiceCollection().AddRunMetricsSpool());

    [Test]
    public void Open_option_out_of_range_is_refused_by_name_and_value()
    {
        _options.MaxBytes = 1;

        var exception = Should.Throw<ArgumentException>(Open);

        exception.Message.ShouldStartWith("MaxBytes is '1'; accepted: 65536 to 1099511627776.");
    }

    private static Fact[] Runs(int count) => [.. Enumerable.Range(0, count).Select(i => SampleFacts.Run($"run-{i}"))];

    private static string Line(Fact fact) => Encoding.UTF8.GetString(FactWriter.ToLine(fact));

    private SpooledRunMetricsStore Open() => SpooledRunMetricsStore.Open(_store, _options);

    private Task<SpoolDrainReport> DrainAsync() => _spool.DrainAsync(_store, CancellationToken.None);

    private Task<SpoolStatus> StatusAsync() => _spool.ReadStatusAsync(CancellationToken.None);

    /// <summary>Leaves facts in the folder as a process does whose store is away.</summary>
    private async Task SpoolAsync(Fact[] facts)
    {
        var away = new FakeStore { IsAway = true };
        await using var spooled = SpooledRunMetricsStore.Open(away, _options);
        await spooled.WriteAsync(facts, CancellationToken.None);
    }

    private JsonElement[] RejectLines() => [.. File.ReadAllLines(Rejects).Select(line => JsonElement.Parse(line))];
}
