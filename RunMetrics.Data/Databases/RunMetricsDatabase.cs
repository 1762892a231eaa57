using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Databases;

/// <summary>
/// Makes the database ready at start: refuses one that cannot be used, and brings one that can to the schema of this version. Looks after one besides.
/// </summary>
public sealed class RunMetricsDatabase
{
    private readonly DatabaseProvider _provider;
    private readonly IDbContextFactory<RunMetricsDbContext> _contexts;
    private readonly TimeProvider _time;

    internal RunMetricsDatabase(DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts, TimeProvider time)
    {
        _provider = provider;
        _contexts = contexts;
        _time = time;
    }

    /// <summary>
    /// Checks the database and applies pending migrations, once, whoever else starts at the same time and whatever was killed half-way before.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">
    /// A file is not a database, damaged, read-only or locked; a server cannot be reached, is too old, or lacks the database or a right; or the database
    /// is of a newer version or of another program. It was not changed.
    /// </exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => _provider.PrepareAsync(_contexts, _time, cancellationToken);

    /// <summary>
    /// Tells what there is in a database, of the schema of this version or of an older one, as it stands at one moment. Changes nothing and keeps nobody
    /// waiting.
    /// </summary>
    /// <param name="location">The database, which need not be prepared.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">There is no such database, it cannot be read, or it is of a newer version or of another program.</exception>
    public static async Task<DatabaseStatus> ReadStatusAsync(DatabaseLocation location, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.ReadStatusAsync(cancellationToken);
    }

    /// <summary>
    /// Reads the whole database and lists what is wrong with it: of a file, in SQLite's words, damaged pages, indexes and rows that contradict each
    /// other or the schema, and references to rows that are not there; of any database counts that are not those of the rows, which
    /// <see cref="RebuildAsync"/> mends. Takes minutes for gigabytes; changes nothing, and others may use the database meanwhile.
    /// </summary>
    /// <param name="location">The database, which need not be prepared.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>At most the first hundred problems; none when the database is whole.</returns>
    /// <exception cref="DatabaseRefusedException">There is no such database, or it cannot be read for a reason other than damage.</exception>
    public static async Task<IReadOnlyList<string>> VerifyAsync(
        DatabaseLocation location, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.VerifyAsync(progress, cancellationToken);
    }

    /// <summary>
    /// Counts runs and phases anew and makes the triggers anew that keep the counts, in one transaction: it happens or it does not. Others may read
    /// the database meanwhile, and wait with writing.
    /// </summary>
    /// <param name="location">The database, of the schema of this version.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call; nothing has changed then.</param>
    /// <returns>What was done, a line for each table.</returns>
    /// <exception cref="DatabaseRefusedException">There is no such database, it cannot be written, or what is to be counted is not whole.</exception>
    public static async Task<IReadOnlyList<string>> RebuildAsync(
        DatabaseLocation location, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.RebuildAsync(progress, cancellationToken);
    }

    /// <summary>
    /// Copies a database to a file of its own, as it stands when the copying begins, while others write; the copy is verified before it gets its name.
    /// </summary>
    /// <param name="location">The database: a file.</param>
    /// <param name="file">The path of the new file; a relative one is taken from the working directory.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call; there is no file then.</param>
    /// <exception cref="DatabaseRefusedException">
    /// There is no such database, it cannot be read, it is of another program or of a newer version, or the file is there already or cannot be one.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task<DatabaseBackup> BackupAsync(
        DatabaseLocation location, string file, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.BackupAsync(file, progress, cancellationToken);
    }

    /// <summary>
    /// Verifies a backup and takes the database that it is to replace, so that nobody else can use that; <see cref="DatabaseRestore.ApplyAsync"/>
    /// replaces it.
    /// </summary>
    /// <param name="location">The database: a file, which need not be there.</param>
    /// <param name="file">The path of the backup, which is not changed; a relative one is taken from the working directory.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">
    /// There is no such backup, or it is of another program or of a newer version; the database is in use, or is itself of another program or of a newer
    /// version. Nothing was changed.
    /// </exception>
    public static async Task<DatabaseRestore> BeginRestoreAsync(
        DatabaseLocation location, string file, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.BeginRestoreAsync(file, progress, cancellationToken);
    }

    /// <summary>Counts the runs that ended before an instant, which <see cref="PruneAsync"/> would delete.</summary>
    /// <param name="location">The database, of the schema of this version.</param>
    /// <param name="endedBefore">The instant, exclusive.</param>
    /// <param name="projectId">The project; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">There is no such database, it cannot be read, or it is of another schema.</exception>
    public static async Task<PrunedRuns> CountPrunableAsync(
        DatabaseLocation location, DateTimeOffset endedBefore, string? projectId, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        await provider.RefuseOtherSchemaAsync(cancellationToken);
        return await new RunPruning(provider, provider.MakeContexts(_ => { }), endedBefore, projectId).CountAsync(cancellationToken);
    }

    /// <summary>
    /// Deletes the runs that ended before an instant, with all that is recorded of them, in small transactions between which others write. What is counted
    /// of the others is right after each of them.
    /// </summary>
    /// <param name="location">The database, of the schema of this version.</param>
    /// <param name="endedBefore">The instant, exclusive: a run that ended then stays, and one that has not ended too.</param>
    /// <param name="projectId">The project; null for all.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told after each transaction how much is deleted so far; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call; what was told is deleted then, and no more.</param>
    /// <exception cref="DatabaseRefusedException">There is no such database, it cannot be read, or it is of another schema.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be written now; what was told is deleted.</exception>
    public static async Task<PrunedRuns> PruneAsync(
        DatabaseLocation location,
        DateTimeOffset endedBefore,
        string? projectId,
        TimeProvider time,
        IProgress<PrunedRuns>? progress,
        CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        await provider.RefuseOtherSchemaAsync(cancellationToken);
        return await new RunPruning(provider, provider.MakeContexts(_ => { }), endedBefore, projectId).DeleteAsync(time, progress, cancellationToken);
    }

    /// <summary>
    /// Writes the database anew without the space that deleted rows have left, all or nothing. Others may read it meanwhile, and wait with writing.
    /// </summary>
    /// <param name="location">The database: a file.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call; what is recorded is the same then.</param>
    /// <exception cref="DatabaseRefusedException">There is no such database, it cannot be written, or it is damaged.</exception>
    /// <exception cref="IOException">There is not enough space to write it anew; nothing has changed.</exception>
    public static async Task<DatabaseCompaction> CompactAsync(
        DatabaseLocation location, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var provider = location.CreateProvider();
        return await provider.CompactAsync(progress, cancellationToken);
    }
}
