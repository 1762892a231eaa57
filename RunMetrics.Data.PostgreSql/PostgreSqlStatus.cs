using System.Data;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Tells what there is in a database on a server.</summary>
internal sealed class PostgreSqlStatus(PostgreSqlLocation location, NpgsqlDataSource server, IDbContextFactory<RunMetricsDbContext> contexts)
{
    /// <inheritdoc cref="RunMetricsDatabase.ReadStatusAsync"/>
    public async Task<DatabaseStatus> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await using var connection = await server.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            context.Database.SetDbConnection(connection);
            await context.Database.UseTransactionAsync(transaction, cancellationToken);
            return await ReadAsync(connection, context, cancellationToken);
        }
        catch (Exception exception) when (PostgreSqlFailure.Find(exception) is { } failure)
        {
            throw DatabaseRefusedException.For(location, PostgreSqlFailure.Explain(failure), exception);
        }
    }

    private async Task<DatabaseStatus> ReadAsync(NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var (migration, pending) = await new PostgreSqlPreparation(location, server).ReadMigrationsAsync(connection, context, cancellationToken);
        var size = await connection.ReadColumnAsync("SELECT pg_database_size(current_database())::text", timeLimit: null, cancellationToken);
        var status = new DatabaseStatus
        {
            Database = location.Name,
            Engine = $"PostgreSQL {connection.PostgreSqlVersion}",
            SizeBytes = long.Parse(size.Single(), CultureInfo.InvariantCulture),
            LogSizeBytes = null,
            Migration = migration,
            PendingMigrations = pending,
        };
        return await StatusCounts.AddAsync(status, context, cancellationToken);
    }
}
