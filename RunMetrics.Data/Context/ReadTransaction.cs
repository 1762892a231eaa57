using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace RunMetrics.Data.Context;

/// <summary>A transaction that only reads: all its queries see one state of the database, and it keeps no writer waiting.</summary>
internal static class ReadTransaction
{
    public static async Task<DbTransaction> BeginReadAsync(this RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        var connection = (SqliteConnection)context.Database.GetDbConnection();

        // Deferred: without it SQLite would take its write lock at once.
        var transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: true);
        await context.Database.UseTransactionAsync(transaction, cancellationToken);
        return transaction;
    }
}
