using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Queries;

/// <summary>A transaction that only reads: all queries of its context see one state of the database, and it keeps no writer waiting.</summary>
internal sealed class ReadTransaction : IAsyncDisposable
{
    private readonly RunMetricsDbContext _context;
    private readonly DbTransaction _transaction;

    private ReadTransaction(RunMetricsDbContext context, DbTransaction transaction) => (_context, _transaction) = (context, transaction);

    /// <summary>Begins one.</summary>
    /// <param name="provider">Whose database it is.</param>
    /// <param name="context">The context, whose connection is open.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<ReadTransaction> BeginAsync(DatabaseProvider provider, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var transaction = await provider.BeginReadAsync(context.Database.GetDbConnection(), cancellationToken);
        await context.Database.UseTransactionAsync(transaction, cancellationToken);
        return new ReadTransaction(context, transaction);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.Database.UseTransactionAsync(null);
        await _transaction.DisposeAsync();
    }
}
