namespace RunMetrics.Tests.Client;

/// <summary>Waits for conditions.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Waits until something is so.</summary>
    /// <exception cref="TimeoutException">A minute passed without it.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo())
        {
            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException("It did not come about.");
            }

            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));
}
