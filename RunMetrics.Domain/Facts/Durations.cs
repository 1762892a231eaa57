namespace RunMetrics.Domain.Facts;

/// <summary>Durations as the domain knows them: whole seconds from 0 to <see cref="int.MaxValue"/>.</summary>
internal static class Durations
{
    /// <summary>What is accepted where a duration is given.</summary>
    public static string Accepted { get; } = $"whole seconds from 0 to {int.MaxValue}";

    /// <summary>The whole seconds of an elapsed time, half a second rounded away from zero.</summary>
    /// <exception cref="OverflowException"><paramref name="elapsed"/> exceeds <see cref="int.MaxValue"/> seconds.</exception>
    public static int WholeSeconds(TimeSpan elapsed)
    {
        var (seconds, ticks) = Math.DivRem(elapsed.Ticks, TimeSpan.TicksPerSecond);
        var rounding = Math.Abs(ticks) * 2 >= TimeSpan.TicksPerSecond ? Math.Sign(ticks) : 0;
        return checked((int)(seconds + rounding));
    }
}
