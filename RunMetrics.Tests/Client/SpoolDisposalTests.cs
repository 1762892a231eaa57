using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>What is still delivered when a program ends.</summary>
public sealed class SpoolDisposalTests : SpoolFixture
{
    private const int BatchOfADrain = 100;

    [Test]
    public async Task DisposeAsync_store_answers_what_waits_is_delivered_first()
    {
        await SpoolAsync(Runs(3 * BatchOfADrain));
        var isOpen = new TaskCompletionSource();
        Store.OnWrite = _ => isOpen.Task;
        SpoolOptions.DisposeTimeout = TimeSpan.FromHours(1);
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
        Store.OnWrite = _ => Store.Written.IsEmpty ? Task.CompletedTask : forever.Task;
        SpoolOptions.DisposeTimeout = TimeSpan.FromMilliseconds(1);
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
        Store.OnWrite = _ =>
        {
            Interlocked.Increment(ref attempts);
            throw new StoreUnavailableException("The store is away.");
        };
        SpoolOptions.RetryDelay = SpoolOptions.MaxRetryDelay = SpoolOptions.DisposeTimeout = TimeSpan.FromHours(1);
        var spooled = Open();
        await Eventually.TrueAsync(() => Volatile.Read(ref attempts) == 1);

        await spooled.DisposeAsync();

        attempts.ShouldBe(1);
    }
}
