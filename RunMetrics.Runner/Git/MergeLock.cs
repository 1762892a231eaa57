using RunMetrics.Domain.Files;

namespace RunMetrics.Runner.Git;

/// <summary>The right to merge into a repository, which one run has at a time: a lock file in what its work trees share.</summary>
internal sealed class MergeLock : IDisposable
{
    private const string FileName = "runmetrics-merge.lock";

    private readonly FileLock _file;

    private MergeLock(FileLock file, TimeSpan waited)
    {
        _file = file;
        Waited = waited;
    }

    /// <summary>How long the lock was waited for; zero when it was free.</summary>
    public TimeSpan Waited { get; }

    /// <summary>Takes the lock as soon as it is free.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="onWait">Called once when another has it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The lock file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The lock file may not be opened.</exception>
    public static async Task<MergeLock> AcquireAsync(
        GitRepository repository, Action onWait, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(repository.CommonFolder, FileName);
        if (FileLock.TryAcquire(path) is { } free)
        {
            return new MergeLock(free, TimeSpan.Zero);
        }

        onWait();
        var started = time.GetTimestamp();
        var file = await FileLock.AcquireAsync(path, Timeout.InfiniteTimeSpan, time, cancellationToken);
        return new MergeLock(file, time.GetElapsedTime(started));
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();
}
