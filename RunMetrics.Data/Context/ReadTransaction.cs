using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace RunMetrics.Data.Context;

/// <summary>A transaction that only reads: all queries of its context see one state of the database, and it keeps no writer waiting.</summary>
internal sealed class ReadTransaction : IAsyncDisposable
{
    private readonly RunMetricsDbContext _context;
    private readonly DbTransaction _transaction;

    private ReadTransaction(RunMetricsDbContext context, DbTransaction transaction) => (_context, _transaction) = (context, transaction);

    /// <summary>Begins one.</summary>
    /// <param name="context">The context, whose connection is open.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<ReadTransaction> BeginAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        // Deferred: without it SQLite would take its write lock at once.
        var transaction = ((SqliteConnection)context.Database.GetDbConnection()).BeginTransaction(IsolationLevel.Serializable, deferred: true);
        await context.Database.UseTransactionAsync(transaction, cancellationToken);
        return new ReadTransaction(context, transaction);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.Database.UseTransactionAsync(null);
        await _transaction.DisposeAsync();
    }
}
