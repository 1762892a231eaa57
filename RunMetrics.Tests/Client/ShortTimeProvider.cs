using System.Collections.Concurrent;

namespace RunMetrics.Tests.Client;

/// <summary>A clock for which waits below ten seconds are over at once and longer ones never; it keeps what was waited for.</summary>
internal sealed class ShortTimeProvider : TimeProvider
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime >= TimeLimit)
        {
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }

        Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
