namespace RunMetrics.Tests.Support;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">A minute passed without it.</exception>
    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    /// <exception cref="TimeoutException">A minute passed without it.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException("What the test waits for did not come about.");
            }

            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
