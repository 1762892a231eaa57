namespace RunMetrics.Runner.Git;

/// <summary>
/// The right to merge into a repository: a file in what its work trees share, held open exclusively. The operating system takes it from a process
/// that dies. The file itself stays, because deleting it could leave two processes holding two files of one name.
/// </summary>
internal sealed class MergeTurn : IAsyncDisposable
{
    private const string FileName = "runmetrics-merge.lock";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private MergeTurn(FileStream file, TimeSpan waited)
    {
        _file = file;
        Waited = waited;
    }

    /// <summary>How long the turn was waited for.</summary>
    public TimeSpan Waited { get; }

    /// <summary>Waits for the turn.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="onWait">Called once when another has the turn.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<MergeTurn> TakeAsync(
        GitRepository repository, Action onWait, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(repository.CommonFolder, FileName);
        var started = time.GetTimestamp();
        var isWaiting = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new MergeTurn(file, isWaiting ? time.GetElapsedTime(started) : TimeSpan.Zero);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!isWaiting)
                {
                    isWaiting = true;
                    onWait();
                }

                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
