namespace RunMetrics.Data.Startup;

/// <summary>
/// The right to migrate: a file beside the database, held open exclusively. The operating system takes it from a process that dies. The file
/// itself stays, because deleting it could leave two processes holding two files of one name.
/// </summary>
internal sealed class MigrationLease : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private MigrationLease(FileStream file) => _file = file;

    public static async Task<MigrationLease> AcquireAsync(string databaseFile, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = $"{databaseFile}.migration-lock";
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new MigrationLease(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(path) && time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Interval, time, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new DatabaseRefusedException(
                    $"The database {databaseFile} cannot be migrated: {path} cannot be held ({exception.Message}).", exception);
            }
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
