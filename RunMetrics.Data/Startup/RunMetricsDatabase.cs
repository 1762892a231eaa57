using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Files;

namespace RunMetrics.Data.Startup;

/// <summary>Makes the database ready at start: refuses one that cannot be used, and brings one that can to the schema of this version.</summary>
public sealed class RunMetricsDatabase
{
    private static readonly TimeSpan MigrationLockTimeout = TimeSpan.FromMinutes(2);

    private readonly IDbContextFactory<RunMetricsDbContext> _contexts;
    private readonly DatabaseLocation _location;
    private readonly TimeProvider _time;

    internal RunMetricsDatabase(IDbContextFactory<RunMetricsDbContext> contexts, DatabaseLocation location, TimeProvider time)
    {
        _contexts = contexts;
        _location = location;
        _time = time;
    }

    /// <summary>The full path of the database file.</summary>
    public string FilePath => _location.FilePath;

    /// <summary>
    /// Checks the file and applies pending migrations, once, whoever else starts at the same time and whatever was killed half-way before.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">
    /// The file is not a database, damaged, read-only, locked, of a newer version or of another program. It was not changed.
    /// </exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
            if (await DatabaseInspection.CountPendingMigrationsAsync(_location, context, cancellationToken) > 0)
            {
                using var migrationLock = await AcquireMigrationLockAsync(cancellationToken);

                // Whoever held the lock before may have done the work, or died in the midst of it.
                if (await DatabaseInspection.CountPendingMigrationsAsync(_location, context, cancellationToken) > 0)
                {
                    await ReleaseLockOfTheDeadAsync(context, cancellationToken);
                    await context.Database.MigrateAsync(cancellationToken);
                }
            }

            // The mode is a property of the file: this writes only if it is in another one.
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw DatabaseRefusedException.For(_location, exception);
        }
    }

    /// <summary>
    /// Reads the whole file and lists what is wrong with it: in SQLite's words damaged pages, indexes and rows that contradict each other or the
    /// schema, and references to rows that are not there; then counts that are not those of the rows, which <see cref="RebuildAsync"/> mends.
    /// Takes minutes for gigabytes; changes nothing, and others may use the file meanwhile.
    /// </summary>
    /// <param name="location">The database file, which need not be prepared.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>At most the first hundred problems; none when the database is whole.</returns>
    /// <exception cref="DatabaseRefusedException">There is no such file, or it cannot be read for a reason other than damage.</exception>
    public static async Task<IReadOnlyList<string>> VerifyAsync(
        DatabaseLocation location, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var context = MakeContext(location);
        return await Task.Run(() => DatabaseVerification.Verify(location, context, progress, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Counts runs and phases anew and makes the triggers anew that keep the counts, in one transaction: it happens or it does not. Others may read
    /// the file meanwhile, and wait with writing.
    /// </summary>
    /// <param name="location">The database file, of the schema of this version.</param>
    /// <param name="progress">Told what is being done; null when nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the call; nothing has changed then.</param>
    /// <returns>What was done, a line for each table.</returns>
    /// <exception cref="DatabaseRefusedException">There is no such file, it cannot be written, or what is to be counted is not whole.</exception>
    public static async Task<IReadOnlyList<string>> RebuildAsync(
        DatabaseLocation location, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var context = MakeContext(location);
        return await Task.Run(() => CountRebuild.Rebuild(location, context, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Only for the model and the migrations: it opens no connection.</summary>
    private static RunMetricsDbContext MakeContext(DatabaseLocation location) =>
        new(new DbContextOptionsBuilder<RunMetricsDbContext>().UseSqlite(location.ConnectionString).Options);

    private async Task<FileLock> AcquireMigrationLockAsync(CancellationToken cancellationToken)
    {
        var path = $"{FilePath}.migration-lock";
        try
        {
            return await FileLock.AcquireAsync(path, MigrationLockTimeout, _time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or UnauthorizedAccessException)
        {
            throw new DatabaseRefusedException(
                $"The database {FilePath} cannot be migrated: {path} cannot be held ({exception.Message}).", exception);
        }
    }

    /// <summary>
    /// EF Core's own lock is a row that a killed process leaves behind, and for which every later one would wait without end. Nobody who holds
    /// it is alive while this process holds the migration lock.
    /// </summary>
    private static async Task ReleaseLockOfTheDeadAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var hasLock = await context.Database
            .SqlQuery<int>($"SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name = {DatabaseInspection.MigrationLockTable}")
            .SingleAsync(cancellationToken);
        if (hasLock > 0)
        {
            await context.Database.ExecuteSqlRawAsync($"DELETE FROM {DatabaseInspection.MigrationLockTable}", cancellationToken);
        }
    }
}

/// <summary>The database cannot be used as it is. The message is one line for the person who starts the program; the file was not changed.</summary>
public sealed class DatabaseRefusedException : Exception
{
    internal DatabaseRefusedException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
    }

    internal static DatabaseRefusedException For(DatabaseLocation location, string reason, Exception? inner = null) =>
        new($"The database {location.FilePath} is refused: {reason}.", inner);

    internal static DatabaseRefusedException For(DatabaseLocation location, SqliteException exception) =>
        For(location, SqliteFailure.Explain(exception), exception);
}
