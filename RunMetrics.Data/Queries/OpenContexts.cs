using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Queries;

/// <summary>
/// Contexts for reading that keep their connection open from one call to the next: opening one takes as long as a short query. They track no entity,
/// so nothing of a call is left for the next but the connection.
/// </summary>
/// <param name="provider">Whose database it is.</param>
/// <param name="contexts">Makes them.</param>
internal sealed class OpenContexts(DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts) : IDisposable
{
    private const int MaxIdle = 16;

    private readonly ConcurrentBag<RunMetricsDbContext> _idle = [];
    private volatile bool _isClosed;

    /// <summary>Takes one that is idle, or makes one.</summary>
    public async ValueTask<RunMetricsDbContext> TakeAsync(CancellationToken cancellationToken)
    {
        if (_idle.TryTake(out var idle))
        {
            return idle;
        }

        var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.Database.OpenConnectionAsync(cancellationToken);
            provider.KeepReader(context.Database.GetDbConnection());
            return context;
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives one back with which all went well; any other is to be closed.</summary>
    public void Return(RunMetricsDbContext context)
    {
        if (_isClosed || _idle.Count >= MaxIdle)
        {
            Close(context);
            return;
        }

        _idle.Add(context);
        if (_isClosed)
        {
            Dispose();
        }
    }

    /// <summary>Closes those that are idle; the others are closed when they are given back.</summary>
    public void Dispose()
    {
        _isClosed = true;
        CloseIdle();
    }

    /// <summary>Closes those that are idle, as they stand.</summary>
    public void CloseIdle()
    {
        while (_idle.TryTake(out var context))
        {
            Close(context);
        }
    }

    /// <summary>Closes the connection of one that was taken.</summary>
    public void Close(RunMetricsDbContext context)
    {
        provider.ForgetReader(context.Database.GetDbConnection());
        context.Dispose();
    }
}
