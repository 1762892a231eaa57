using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using RunMetrics.Data.Context;

namespace RunMetrics.Data.Databases;

/// <summary>Makes the contexts of any database, from a pool of those of one.</summary>
internal static class ContextFactory
{
    /// <summary>Makes the pool.</summary>
    /// <typeparam name="TContext">The contexts of the database.</typeparam>
    /// <param name="options">What the database wants of them.</param>
    /// <param name="configure">What else is set.</param>
    public static IDbContextFactory<RunMetricsDbContext> Create<TContext>(
        DbContextOptionsBuilder<TContext> options, Action<DbContextOptionsBuilder> configure)
        where TContext : RunMetricsDbContext
    {
        // A host that logs what happens does not log every statement with it.
        options.ConfigureWarnings(events => events.Log((RelationalEventId.CommandExecuted, LogLevel.Debug)));
        configure(options);
        return new Pool<TContext>(new PooledDbContextFactory<TContext>(options.Options));
    }

    private sealed class Pool<TContext>(PooledDbContextFactory<TContext> contexts) : IDbContextFactory<RunMetricsDbContext>
        where TContext : RunMetricsDbContext
    {
        public RunMetricsDbContext CreateDbContext() => contexts.CreateDbContext();

        public async Task<RunMetricsDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await contexts.CreateDbContextAsync(cancellationToken);
    }
}
