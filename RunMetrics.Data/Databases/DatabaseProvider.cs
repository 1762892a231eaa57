using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;

namespace RunMetrics.Data.Databases;

/// <summary>
/// All that differs between the databases, one class for each of them; the rules of facts, the rows and the queries are the same for all. One belongs
/// to one database and is disposed of with all that was opened on it.
/// </summary>
internal abstract class DatabaseProvider : IDisposable
{
    /// <summary>How many problems a verification lists at most.</summary>
    public const int MaxProblems = 100;

    /// <summary>What to do about counts that are not those of the rows.</summary>
    public const string CountsRemedy = "`runmetrics db rebuild` counts anew";

    /// <summary>Makes the contexts.</summary>
    /// <param name="configure">What else is set of their options.</param>
    public abstract IDbContextFactory<RunMetricsDbContext> MakeContexts(Action<DbContextOptionsBuilder> configure);

    /// <summary>Refuses a database that cannot be used, and brings one that can to the schema of this version.</summary>
    /// <param name="contexts">Makes the contexts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">It cannot be used; it was not changed.</exception>
    public abstract Task PrepareAsync(IDbContextFactory<RunMetricsDbContext> contexts, TimeProvider time, CancellationToken cancellationToken);

    /// <summary>Tells what there is.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.ReadStatusAsync"/>
    public abstract Task<DatabaseStatus> ReadStatusAsync(CancellationToken cancellationToken);

    /// <summary>Refuses a database that is not there, cannot be used or is not of the schema of this version; changes nothing.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">It is refused.</exception>
    public abstract Task RefuseOtherSchemaAsync(CancellationToken cancellationToken);

    /// <summary>Lists what is wrong: at most the first <see cref="MaxProblems"/>.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.VerifyAsync"/>
    public abstract Task<IReadOnlyList<string>> VerifyAsync(IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Copies the database to a file.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.BackupAsync"/>
    public abstract Task<DatabaseBackup> BackupAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Prepares to put a backup in the place of the database.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.BeginRestoreAsync"/>
    public abstract Task<DatabaseRestore> BeginRestoreAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Gives the space of what was deleted back.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.CompactAsync"/>
    public abstract Task<DatabaseCompaction> CompactAsync(IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Counts runs and phases anew.</summary>
    /// <inheritdoc cref="RunMetricsDatabase.RebuildAsync"/>
    public abstract Task<IReadOnlyList<string>> RebuildAsync(IProgress<string>? progress, CancellationToken cancellationToken);

    /// <summary>Opens what writes. Only one caller uses it at a time.</summary>
    /// <param name="contexts">Makes the contexts.</param>
    public abstract WriteConnection OpenForWriting(IDbContextFactory<RunMetricsDbContext> contexts);

    /// <summary>True where a transaction that writes keeps all other writers waiting.</summary>
    public virtual bool HasOneWriter => false;

    /// <summary>Prepares an open connection that will read again and again, until <see cref="ForgetReader"/>.</summary>
    public virtual void KeepReader(DbConnection connection)
    {
    }

    /// <summary>The connection is about to be closed.</summary>
    public virtual void ForgetReader(DbConnection connection)
    {
    }

    /// <summary>Begins a transaction that only reads: all its queries see one state of the database, and it keeps no writer waiting.</summary>
    public abstract ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Lets the token end a statement that runs, where the driver does not look at it.</summary>
    public virtual CancellationTokenRegistration InterruptOn(DbConnection connection, CancellationToken cancellationToken) => default;

    /// <summary>The durations of several pairs of series and node, of which LINQ knows no list.</summary>
    public abstract IQueryable<DurationCount> ListDigits(RunMetricsDbContext context, IReadOnlyList<(long Series, long Node)> nodes);

    /// <summary>Why the database can be neither read nor written now, or null when the exception is about something else.</summary>
    public abstract string? FindUnavailability(Exception exception);

    /// <summary>True when a statement ended because of <see cref="InterruptOn"/>.</summary>
    public virtual bool IsInterruption(Exception exception) => false;

    /// <summary>True when another writer, or a connection that was lost, spoilt a transaction that may go well when it is begun anew.</summary>
    public virtual bool IsTransient(Exception exception) => false;

    /// <inheritdoc />
    public abstract void Dispose();
}
