namespace RunMetrics.Data.Databases;

/// <summary>
/// A backup that was verified and may be put in the place of a database. Until it is disposed of nobody else can use a database that is there.
/// </summary>
public abstract class DatabaseRestore : IDisposable
{
    private protected DatabaseRestore()
    {
    }

    /// <summary>What is wrong with the backup, at most the first hundred problems; one that has any cannot be restored.</summary>
    public abstract IReadOnlyList<string> Problems { get; }

    /// <summary>What the backup holds; null when it has problems.</summary>
    public abstract DatabaseStatus? Backup { get; }

    /// <summary>What the database holds that is to be replaced; null when there is none, or when it is damaged.</summary>
    public abstract DatabaseStatus? Replaced { get; }

    /// <summary>
    /// The full path to which a database that is damaged, or what is left of one, is to be moved, so that nothing of it is lost; null when there is none.
    /// </summary>
    public abstract string? DamagedFile { get; }

    /// <summary>Puts the backup in the place of the database, all or nothing, and verifies it there.</summary>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">
    /// Ends the call; the database is as it was then, or the backup stands in its place and was not verified once more.
    /// </param>
    /// <exception cref="DatabaseRefusedException">What stands there now is not whole.</exception>
    /// <exception cref="IOException">The database cannot be written; it is as it was.</exception>
    public abstract Task ApplyAsync(IProgress<string>? progress, CancellationToken cancellationToken);

    /// <inheritdoc />
    public abstract void Dispose();
}
