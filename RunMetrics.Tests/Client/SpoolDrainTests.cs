using System.Text;
using NUnit.Framework;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>What waits is delivered, in order and once, whatever was torn, killed or poisoned; what cannot be is set aside.</summary>
public sealed class SpoolDrainTests : SpoolFixture
{
    private const int BatchOfADrain = 100;

    [Test]
    public async Task DrainAsync_interrupted_goes_on_behind_what_was_acknowledged()
    {
        var facts = Runs(3 * BatchOfADrain);
        await SpoolAsync(facts);
        Store.OnWrite = _ => Store.Written.IsEmpty ? Task.CompletedTask : throw new StoreUnavailableException("The store is away.");

        var first = await DrainAsync();
        Store.IsAway = false;
        var pending = (await StatusAsync()).PendingFacts;
        var second = await DrainAsync();

        first.ShouldBe(new SpoolDrainReport(BatchOfADrain, 0, "The store is away."));
        pending.ShouldBe(2 * BatchOfADrain);
        second.ShouldBe(new SpoolDrainReport(2 * BatchOfADrain, 0, null));
        Store.Written.Select(fact => fact.Id).ShouldBe(facts.Select(fact => fact.Id));
    }

    [Test]
    public async Task DrainAsync_killed_before_the_answer_was_noted_delivers_again_and_loses_nothing()
    {
        var facts = Runs(2 * BatchOfADrain);
        await SpoolAsync(facts);
        var position = Path.Combine(SpoolOptions.Folder, "position");
        Directory.CreateDirectory($"{position}.new");
        await Should.ThrowAsync<UnauthorizedAccessException>(DrainAsync);
        Directory.Delete($"{position}.new");

        await DrainAsync();

        Store.Written.Take(BatchOfADrain).Select(fact => fact.Id).ShouldBe(facts.Take(BatchOfADrain).Select(fact => fact.Id));
        Store.Written.Skip(BatchOfADrain).Select(fact => fact.Id).ShouldBe(facts.Select(fact => fact.Id));
    }

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1 999999999\n")]
    [TestCase("rubbish")]
    public async Task DrainAsync_position_that_cannot_be_is_taken_for_the_beginning(string position)
    {
        await SpoolAsync(Runs(3));
        await File.WriteAllTextAsync(Path.Combine(SpoolOptions.Folder, "position"), position);

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
        Store.Written.Select(fact => fact.Id).ShouldBe(isFollowed ? ["a", "b"] : ["a"]);
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

        Store.Written.ShouldNotContain(fact => fact.Id == "torn");
        Store.Written.Count.ShouldBe(line.Length - 1);
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
        Store.Answer = fact => fact.Id == "poison" ? FactResult.Rejected(FactRejectionReason.Conflict, [error]) : FactResult.Stored;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("poison"), SampleFacts.Run("b")]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 1, null));
        Store.Written.Select(fact => fact.Id).ShouldBe(["a", "b"]);
        var reject = RejectLines().Single();
        reject.GetProperty("reason").GetString().ShouldBe(error.Message);
        reject.GetProperty("fact").GetRawText().ShouldBe(Line(SampleFacts.Run("poison")));
        Instants.TryParse(reject.GetProperty("rejected_at").GetString()!, out _).ShouldBeTrue();
    }

    [Test]
    public async Task DrainAsync_fact_that_the_store_cannot_take_at_all_is_set_aside_alone()
    {
        Store.OnWrite = facts => facts.Any(fact => fact.Id == "poison") ? throw new ArgumentException("Never.", nameof(facts)) : Task.CompletedTask;
        await SpoolAsync([SampleFacts.Run("a"), SampleFacts.Run("poison"), SampleFacts.Run("b")]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 1, null));
        RejectLines().Single().GetProperty("reason").GetString()!.ShouldContain("Never.");
    }

    [Test]
    public async Task DrainAsync_store_fails_on_one_fact_alone_sets_it_aside_and_delivers_the_rest()
    {
        Store.OnWrite = facts => facts.Any(fact => fact.Id == "run-700") ? throw new StoreUnavailableException("500") : Task.CompletedTask;
        await SpoolAsync(Runs(1_000));

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(999, 1, null));
        Store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(Runs(1_000).Select(fact => fact.Id).Where(id => id != "run-700"));
        RejectLines().Single().GetProperty("reason").GetString().ShouldBe("500");
    }

    [Test]
    public async Task DrainAsync_store_fails_on_the_last_fact_of_a_segment_alone_sets_it_aside_and_delivers_the_rest()
    {
        SpoolOptions.MaxBytes = 64 * 1024;
        foreach (var fact in Runs(50))
        {
            await SpoolAsync([fact]);
        }

        var segments = Directory.GetFiles(SpoolOptions.Folder, "facts-*.ndjson").Order(StringComparer.Ordinal).ToList();
        var poison = FactReader.ReadLine(Encoding.UTF8.GetBytes((await File.ReadAllLinesAsync(segments[0]))[^1])).Fact!.Id;
        Store.OnWrite = facts => facts.Any(fact => fact.Id == poison) ? throw new StoreUnavailableException("500") : Task.CompletedTask;

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
        Store.IsAway = true;

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(0, 0, "The store is away."));
        (await StatusAsync()).RejectedFacts.ShouldBe(0);
    }

    [Test]
    public async Task DrainAsync_store_comes_back_between_two_attempts_sets_nothing_aside([Range(1, 6)] int failures)
    {
        var attempts = 0;
        Store.OnWrite = _ => ++attempts <= failures ? throw new StoreUnavailableException("The store is away.") : Task.CompletedTask;
        await SpoolAsync(Runs(3));

        while (!(await DrainAsync()).IsComplete)
        {
            attempts.ShouldBeLessThan(20);
        }

        (await StatusAsync()).RejectedFacts.ShouldBe(0);
        Store.Written.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).ShouldBe(Runs(3).Select(fact => fact.Id), StringComparer.Ordinal, ignoreOrder: true);
    }

    [Test]
    public async Task DrainAsync_another_process_writes_for_too_long_says_so_and_throws_nothing()
    {
        await SpoolAsync([SampleFacts.Run()]);
        SpoolOptions.DrainTimeout = TimeSpan.FromMilliseconds(50);
        using var appending = FileLock.TryAcquire(Path.Combine(SpoolOptions.Folder, "append.lock"));

        var report = await DrainAsync();

        (report.Delivered, report.IsComplete).ShouldBe((1, false));
        report.Failure!.ShouldContain("append.lock");
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
        Store.Batches.Single(batch => batch.StatedAt == Instants.Normalize(TestDatabase.Now)).Facts
            .ShouldBe([resumed, SampleFacts.OpenPhase("m", "resumed")]);
        Store.Written.Select(fact => fact.Id).ShouldBe(["a", "resumed", "m", "b"]);
    }

    [Test]
    public async Task DrainAsync_run_of_an_earlier_version_that_leaves_its_start_open_is_delivered()
    {
        var resumed = SampleFacts.Run("resumed") with { StartedAt = null };
        await SpoolAsync([SampleFacts.Run("a")]);
        await File.AppendAllTextAsync(Segment, Line(resumed) + "\n");

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(2, 0, null));
        Store.Written.ShouldContain(resumed);
    }

    [Test]
    public async Task DrainAsync_batch_ends_before_a_run_and_not_between_a_run_and_its_phases()
    {
        await SpoolAsync([SampleFacts.Run("first"), .. Enumerable.Range(0, BatchOfADrain).SelectMany(i => new Fact[]
        {
            SampleFacts.Run($"run-{i}"), SampleFacts.OpenPhase($"m-{i}", $"run-{i}"),
        })]);

        await DrainAsync();

        Store.Batches.Count.ShouldBeGreaterThan(1);
        Store.Batches.ShouldAllBe(batch => batch.Facts[0] is RunFact);
    }

    [Test]
    public async Task DrainAsync_phases_of_a_run_fill_several_batches_each_states_the_run_again()
    {
        var run = SampleFacts.Run("run");
        await SpoolAsync([run, .. Enumerable.Range(0, 2 * BatchOfADrain).Select(i => SampleFacts.OpenPhase($"m-{i}", "run"))]);

        var report = await DrainAsync();

        report.ShouldBe(new SpoolDrainReport(1 + (2 * BatchOfADrain), 0, null));
        Store.Batches.Count.ShouldBeGreaterThan(1);
        Store.Batches.ShouldAllBe(batch => batch.Facts[0] == run);
    }
}
