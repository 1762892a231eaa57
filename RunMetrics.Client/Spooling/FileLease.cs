namespace RunMetrics.Client.Spooling;

/// <summary>
/// An exclusive right among processes: a file held open. The operating system takes it from a process that dies. The file stays, because
/// deleting it could leave two processes holding two files of one name.
/// </summary>
internal sealed class FileLease : IDisposable
{
    private readonly FileStream _file;

    private FileLease(FileStream file) => _file = file;

    /// <summary>Null while somebody else has it.</summary>
    public static FileLease? TryAcquire(string path)
    {
        try
        {
            return new FileLease(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Waits for it.</summary>
    /// <exception cref="TimeoutException">Somebody else had it for as long as <paramref name="patience"/>.</exception>
    public static async Task<FileLease> AcquireAsync(
        string path, TimeSpan patience, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryAcquire(path) is { } lease)
            {
                return lease;
            }

            if (time.GetElapsedTime(started) >= patience)
            {
                throw new TimeoutException($"Another process has held {path} for {patience}.");
            }

            await Task.Delay(interval, time, cancellationToken);
        }
    }

    public void Dispose() => _file.Dispose();
}
