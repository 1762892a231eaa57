namespace RunMetrics.Runner.Processes;

/// <summary>
/// Ctrl-C reaches everything that runs on a terminal at once: what this program has started may end by it before this program has heard of it.
/// </summary>
internal static class SignalGrace
{
    private const int EndedByInterrupt = 130;
    private const int EndedByTerminate = 143;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    /// <summary>Waits, after a process that a signal ended, for the same signal to arrive here.</summary>
    /// <exception cref="OperationCanceledException">It did.</exception>
    public static Task WaitAsync(int exitCode, TimeProvider time, CancellationToken cancellationToken) =>
        exitCode is EndedByInterrupt or EndedByTerminate ? Task.Delay(Delay, time, cancellationToken) : Task.CompletedTask;
}
