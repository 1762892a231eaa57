namespace RunMetrics.Domain.Files;

/// <summary>
/// A lock among processes: a file held open exclusively. The operating system releases it when its holder dies. The file stays, because
/// deleting it could leave two processes holding two files of one name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows, EWOULDBLOCK of flock on Linux and on macOS.
    private static readonly int[] HeldByAnother = [unchecked((int)0x80070020), unchecked((int)0x80070021), 11, 35];

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock if it is free.</summary>
    /// <param name="path">The file, made when it is not there; its folder must be.</param>
    /// <returns>The lock, to be disposed; null while another holder has it.</returns>
    /// <exception cref="IOException">The file cannot be opened for another reason than that it is held.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static FileLock? TryAcquire(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (HeldByAnother.Contains(exception.HResult))
        {
            return null;
        }
    }

    /// <summary>Takes the lock as soon as it is free.</summary>
    /// <param name="path">The file, made when it is not there; its folder must be.</param>
    /// <param name="timeout">How long to wait for another holder; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">Another holder had it for as long as <paramref name="timeout"/>.</exception>
    /// <exception cref="IOException">The file cannot be opened for another reason than that it is held.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static async Task<FileLock> AcquireAsync(string path, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryAcquire(path) is { } held)
            {
                return held;
            }

            if (timeout != Timeout.InfiniteTimeSpan && time.GetElapsedTime(started) >= timeout)
            {
                throw new TimeoutException($"Another process has held {path} for {timeout}.");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>Releases the lock. Harmless when repeated.</summary>
    public void Dispose() => _file.Dispose();
}
