namespace RunMetrics.Benchmarks.Reporting;

/// <summary>Measures how often something can be done.</summary>
internal static class Pace
{
    /// <returns>Calls a second.</returns>
    public static double Rate(int calls, Action call)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            call();
        }

        return calls / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <returns>Calls a second.</returns>
    public static async Task<double> RateAsync(int calls, Func<Task> call)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            await call();
        }

        return calls / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Calls again until a time is over, at least once.</summary>
    /// <returns>Seconds a call.</returns>
    public static async Task<double> SecondsAsync(TimeSpan duration, Func<Task> call)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var calls = 1; ; calls++)
        {
            await call();
            if (TimeProvider.System.GetElapsedTime(started) is var elapsed && elapsed >= duration)
            {
                return elapsed.TotalSeconds / calls;
            }
        }
    }
}
