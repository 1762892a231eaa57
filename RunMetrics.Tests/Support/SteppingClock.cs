using Microsoft.Extensions.Time.Testing;

namespace RunMetrics.Tests.Support;

/// <summary>A clock as a machine has it: somebody sets its wall time forth and back while its timestamps and timers run on steadily.</summary>
internal sealed class SteppingClock : TimeProvider
{
    private readonly FakeTimeProvider _steady = new(TestDatabase.Now);
    private TimeSpan _stepped;

    public override long TimestampFrequency => _steady.TimestampFrequency;

    public override long GetTimestamp() => _steady.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _steady.GetUtcNow() + _stepped;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _steady.CreateTimer(callback, state, dueTime, period);

    /// <summary>Time passes.</summary>
    public void Advance(TimeSpan elapsed) => _steady.Advance(elapsed);

    /// <summary>No time passes, but the wall clock is set.</summary>
    public void Step(TimeSpan by) => _stepped += by;
}
