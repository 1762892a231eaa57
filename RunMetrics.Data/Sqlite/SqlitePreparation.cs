using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Files;

namespace RunMetrics.Data.Sqlite;

/// <summary>Makes a database file ready: refuses one that cannot be used, and brings one that can to the schema of this version.</summary>
internal sealed class SqlitePreparation(SqliteLocation location, TimeProvider time)
{
    private static readonly TimeSpan MigrationLockTimeout = TimeSpan.FromMinutes(2);

    /// <inheritdoc cref="DatabaseProvider.PrepareAsync"/>
    public async Task PrepareAsync(IDbContextFactory<RunMetricsDbContext> contexts, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            if (await SqliteInspection.CountPendingMigrationsAsync(location, context, cancellationToken) > 0)
            {
                using var migrationLock = await AcquireMigrationLockAsync(cancellationToken);

                // Whoever held the lock before may have done the work, or died in the midst of it.
                if (await SqliteInspection.CountPendingMigrationsAsync(location, context, cancellationToken) > 0)
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
            throw SqliteFailure.Refuse(location, exception);
        }
    }

    private async Task<FileLock> AcquireMigrationLockAsync(CancellationToken cancellationToken)
    {
        var path = $"{location.FilePath}.migration-lock";
        try
        {
            return await FileLock.AcquireAsync(path, MigrationLockTimeout, time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or UnauthorizedAccessException)
        {
            throw new DatabaseRefusedException(
                $"The database {location.FilePath} cannot be migrated: {path} cannot be held ({exception.Message}).", exception);
        }
    }

    /// <summary>
    /// EF Core's own lock is a row that a killed process leaves behind, and for which every later one would wait without end. Nobody who holds
    /// it is alive while this process holds the migration lock.
    /// </summary>
    private static async Task ReleaseLockOfTheDeadAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var hasLock = await context.Database
            .SqlQuery<int>($"SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name = {SqliteInspection.MigrationLockTable}")
            .SingleAsync(cancellationToken);
        if (hasLock > 0)
        {
            await context.Database.ExecuteSqlRawAsync($"DELETE FROM {SqliteInspection.MigrationLockTable}", cancellationToken);
        }
    }
}
