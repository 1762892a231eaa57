using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;

namespace RunMetrics.Data.Startup;

/// <summary>Makes the database ready at start: refuses one that cannot be used, and brings one that can to the schema of this version.</summary>
public sealed class RunMetricsDatabase
{
    private readonly IDbContextFactory<RunMetricsDbContext> contexts;
    private readonly DatabaseLocation location;
    private readonly TimeProvider time;

    internal RunMetricsDatabase(IDbContextFactory<RunMetricsDbContext> contexts, DatabaseLocation location, TimeProvider time)
    {
        this.contexts = contexts;
        this.location = location;
        this.time = time;
    }

    /// <summary>The full path of the database file.</summary>
    public string FilePath => location.FilePath;

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
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            var known = context.Database.GetMigrations().ToList();
            if (await DatabaseInspection.FindPendingMigrationsAsync(location, known, cancellationToken) > 0)
            {
                await using var lease = await MigrationLease.AcquireAsync(FilePath, time, cancellationToken);

                // Whoever held the lease before may have done the work, or died in the midst of it.
                if (await DatabaseInspection.FindPendingMigrationsAsync(location, known, cancellationToken) > 0)
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
            throw DatabaseInspection.Refuse(location, exception);
        }
    }

    /// <summary>
    /// EF Core's own lock is a row that a killed process leaves behind, and for which every later one would wait without end. Nobody who holds
    /// it is alive while this process holds the lease.
    /// </summary>
    private static async Task ReleaseLockOfTheDeadAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var hasLock = await context.Database
            .SqlQueryRaw<int>("SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsLock'")
            .SingleAsync(cancellationToken);
        if (hasLock > 0)
        {
            await context.Database.ExecuteSqlRawAsync("""DELETE FROM "__EFMigrationsLock" """, cancellationToken);
        }
    }
}
