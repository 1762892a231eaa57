using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Prepares a database as a program does at start.</summary>
internal static class PrepareCommand
{
    public static async Task RunAsync(string target, string gate)
    {
        await using var services = TestDatabase.Compose(DatabaseChoice.Named(target, "test"), TimeProvider.System);
        var database = services.GetRequiredService<RunMetricsDatabase>();
        await Gate.PassAsync(gate);
        await database.PrepareAsync(CancellationToken.None);
    }

    /// <summary>The process kills itself, as <c>kill -9</c> would, before the command of EF Core with the given number, from 1.</summary>
    public static async Task RunUntilKilledAsync(string target, int command)
    {
        await using var services = TestDatabase.Compose(DatabaseChoice.Named(target, "test"), TimeProvider.System, new Killer(command));
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
    }

    private sealed class Killer(int command) : DbCommandInterceptor
    {
        private int _seen;

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
        {
            Count();
            return result;
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Count();
            return ValueTask.FromResult(result);
        }

        public override InterceptionResult<object> ScalarExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<object> result)
        {
            Count();
            return result;
        }

        public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
        {
            Count();
            return ValueTask.FromResult(result);
        }

        public override InterceptionResult<DbDataReader> ReaderExecuting(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            Count();
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Count();
            return ValueTask.FromResult(result);
        }

        private void Count()
        {
            if (++_seen == command)
            {
                Process.GetCurrentProcess().Kill();
            }
        }
    }
}
