using System.Globalization;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Storage;

[OnBothDatabases]
public sealed class QueuedWriterTests(DatabaseKind kind)
{
    private TestDatabase _database = null!;
    private UnrulyStore _inner = null!;
    private QueuedWriter _writer = null!;

    [SetUp]
    public async Task CreateWriterAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        _inner = new UnrulyStore(_database.Store);
        _writer = new QueuedWriter(_inner);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync()
    {
        _inner.Recover();
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
        _inner.Dispose();
    }

    [Test]
    public void QueuedWriter_no_fact_may_wait_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new QueuedWriter(_inner, maxWaitingFacts: 0));

    [Test]
    public async Task WriteAsync_many_writers_at_once_give_each_its_own_results_in_its_order()
    {
        const int Writers = 16;

        var results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
            _writer.WriteAsync([Run(writer), SampleFacts.OpenPhase($"metric-{writer}", $"nobody's-{writer}"), Run(writer)], CancellationToken.None))));

        foreach (var (writer, ofWriter) in results.Index())
        {
            ofWriter.Select(result => result.Disposition)
                .ShouldBe([FactDisposition.Created, FactDisposition.Rejected, FactDisposition.Unchanged]);
            ofWriter[1].Rejection!.Message.ShouldContain($"'nobody's-{writer}'");
        }

        _database.Rows("SELECT count(*) FROM runs").ShouldBe([Writers.ToString(CultureInfo.InvariantCulture)]);
    }

    [Test]
    public async Task WriteAsync_while_another_program_holds_the_database_gives_the_caller_back_and_writes_afterwards()
    {
        Task<IReadOnlyList<FactResult>> write;
        using (_database.Lock())
        {
            write = _writer.WriteAsync([Run(1)], CancellationToken.None);

            write.IsCompleted.ShouldBeFalse();
        }

        (await write).ShouldHaveSingleItem().Disposition.ShouldBe(FactDisposition.Created);
    }

    [Test]
    public async Task WriteAsync_while_the_store_is_at_work_gathers_into_one_batch()
    {
        await HangInAWriteAsync(Run(0));
        var waiting = Enumerable.Range(1, 20).Select(number => _writer.WriteAsync([Run(number)], CancellationToken.None)).ToList();

        _inner.Recover();

        await Task.WhenAll(waiting);
        _inner.Batches.Select(batch => string.Join(' ', batch.Select(fact => fact.Id))).ShouldBe(
            ["run-0", string.Join(' ', Enumerable.Range(1, 20).Select(number => $"run-{number}"))]);
    }

    [Test]
    public async Task WriteAsync_more_than_a_batch_holds_is_written_in_several()
    {
        await HangInAWriteAsync(Run(0));
        var waiting = Enumerable.Range(1, 1001).Select(number => _writer.WriteAsync([Run(number)], CancellationToken.None)).ToList();

        _inner.Recover();

        await Task.WhenAll(waiting);
        _inner.Batches.Select(batch => batch.Count).ShouldBe([1, 500, 500, 1]);
    }

    [Test]
    public async Task WriteAsync_one_call_of_a_batch_fails_fails_that_one_alone()
    {
        var cause = new InvalidOperationException("This one cannot be written.");
        _inner.Failure = facts => facts.Any(fact => fact.Id == "run-2") ? cause : null;
        await HangInAWriteAsync(Run(0));
        var waiting = Enumerable.Range(1, 3).Select(number => _writer.WriteAsync([Run(number)], CancellationToken.None)).ToList();

        _inner.Recover();

        (await waiting[0]).ShouldBe([FactResult.Created]);
        (await Should.ThrowAsync<InvalidOperationException>(waiting[1])).ShouldBeSameAs(cause);
        (await waiting[2]).ShouldBe([FactResult.Created]);
        _database.Rows("SELECT id FROM runs ORDER BY id").ShouldBe(["run-0", "run-1", "run-3"]);
    }

    [Test]
    public async Task WriteAsync_the_store_cannot_write_now_fails_the_whole_batch_without_trying_each()
    {
        _inner.Failure = facts => facts.Any(fact => fact.Id != "run-0") ? new StoreUnavailableException("The disk is full.") : null;
        await HangInAWriteAsync(Run(0));
        var waiting = Enumerable.Range(1, 3).Select(number => _writer.WriteAsync([Run(number)], CancellationToken.None)).ToList();

        _inner.Recover();

        foreach (var call in waiting)
        {
            (await Should.ThrowAsync<StoreUnavailableException>(call)).Message.ShouldBe("The disk is full.");
        }

        _inner.Batches.Count.ShouldBe(2);
    }

    [Test]
    public async Task WriteAsync_too_many_facts_wait_is_refused_and_stores_nothing_of_the_call()
    {
        await using var writer = new QueuedWriter(_inner, maxWaitingFacts: 3);
        _inner.Hang();
        var first = writer.WriteAsync([Run(0)], CancellationToken.None);
        await Eventually.TrueAsync(() => _inner.Batches.Count == 1);
        var second = writer.WriteAsync([Run(1), Run(2)], CancellationToken.None);

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => writer.WriteAsync([Run(3), Run(4)], CancellationToken.None));

        exception.Message.ShouldBe("2 facts wait to be written already; at most 3 may.");
        var third = writer.WriteAsync([Run(5)], CancellationToken.None);
        _inner.Recover();
        await Task.WhenAll(first, second, third);
        _database.Rows("SELECT id FROM runs ORDER BY id").ShouldBe(["run-0", "run-1", "run-2", "run-5"]);
    }

    [Test]
    public async Task WriteAsync_more_facts_than_may_wait_when_none_waits_is_taken()
    {
        await using var writer = new QueuedWriter(_inner, maxWaitingFacts: 1);

        var results = await writer.WriteAsync([Run(1), Run(2), Run(3)], CancellationToken.None);

        results.ShouldAllBe(result => result == FactResult.Created);
    }

    [Test]
    public async Task WriteAsync_the_store_is_stuck_holds_up_no_caller()
    {
        _inner.Hang();

        // Neither the call that finds the store at rest nor those that find it stuck hold up this thread.
        var calls = Enumerable.Range(0, 3).Select(number => _writer.WriteAsync([Run(number)], CancellationToken.None)).ToList();

        calls.ShouldAllBe(call => !call.IsCompleted);
        _inner.Hangs.ShouldBeTrue();
        _inner.Recover();
        (await Task.WhenAll(calls)).ShouldAllBe(results => results.Single() == FactResult.Created);
    }

    [Test]
    public async Task WriteAsync_cancelled_while_it_waits_ends_the_wait_and_is_stored_nonetheless()
    {
        await HangInAWriteAsync(Run(0));
        using var cancellation = new CancellationTokenSource();
        var waiting = _writer.WriteAsync([Run(1)], cancellation.Token);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        _inner.Recover();
        await _writer.DisposeAsync();
        _database.Rows("SELECT id FROM runs ORDER BY id").ShouldBe(["run-0", "run-1"]);
    }

    [Test]
    public async Task RecordAsync_a_start_left_out_and_the_store_busy_is_the_time_of_the_call_and_not_of_the_write()
    {
        var service = new RunMetricsService(_writer, _database.Time);
        await HangInAWriteAsync(Run(0));
        var recording = service.RecordAsync(SampleFacts.Run() with { StartedAt = null }, CancellationToken.None);
        _database.Time.Advance(TimeSpan.FromMinutes(5));

        _inner.Recover();

        (await recording).Run.ShouldNotBeNull().StartedAt.ShouldBe(new DateTimeOffset(2026, 1, 12, 10, 0, 0, 123, TimeSpan.Zero));
    }

    [Test]
    public async Task DisposeAsync_facts_wait_writes_them_and_takes_no_more()
    {
        await HangInAWriteAsync(Run(0));
        var waiting = _writer.WriteAsync([Run(1)], CancellationToken.None);

        var disposing = _writer.DisposeAsync().AsTask();

        disposing.IsCompleted.ShouldBeFalse();
        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => _writer.WriteAsync([Run(2)], CancellationToken.None));
        exception.Message.ShouldBe("The store is shutting down.");
        _inner.Recover();
        await disposing;
        (await waiting).ShouldBe([FactResult.Created]);
        await _writer.DisposeAsync();
        _database.Rows("SELECT id FROM runs ORDER BY id").ShouldBe(["run-0", "run-1"]);
    }

    private static RunFact Run(int number) => SampleFacts.Run(string.Create(CultureInfo.InvariantCulture, $"run-{number}"));

    /// <summary>Whatever is written from now on waits behind this fact.</summary>
    private async Task HangInAWriteAsync(RunFact fact)
    {
        _inner.Hang();
        _ = _writer.WriteAsync([fact], CancellationToken.None);
        await Eventually.TrueAsync(() => _inner.Batches.Count == 1);
    }
}
