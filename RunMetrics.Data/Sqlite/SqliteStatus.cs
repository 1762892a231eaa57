using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>Tells what there is in a database file.</summary>
internal static class SqliteStatus
{
    /// <inheritdoc cref="RunMetricsDatabase.ReadStatusAsync"/>
    public static Task<DatabaseStatus> ReadAsync(SqliteLocation location, RunMetricsDbContext context, CancellationToken cancellationToken) => LongWork.DoAsync(
        location,
        connection =>
        {
            // Deferred: it only reads.
            SqliteInspection.Execute(connection, "BEGIN");
            return SqliteInspection.FindProblemOfOrigin(connection, context) is { } problem
                ? throw DatabaseRefusedException.For(location, problem)
                : ReadAsync(connection, location, context, cancellationToken);
        },
        cancellationToken);

    /// <summary>Tells it of an open database, in a transaction.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="location">Its file.</param>
    /// <param name="context">For the queries.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<DatabaseStatus> ReadAsync(
        SqliteConnection connection, SqliteLocation location, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var applied = SqliteInspection.ReadAppliedMigrations(connection);
        var log = new FileInfo(SqliteInspection.LogOf(location.FilePath));
        var status = new DatabaseStatus
        {
            Database = location.Name,
            Engine = $"SQLite {connection.ServerVersion}",
            SizeBytes = new FileInfo(location.FilePath).Length,
            LogSizeBytes = log.Exists ? log.Length : 0,
            Migration = applied.LastOrDefault(),
            PendingMigrations = context.Database.GetMigrations().Except(applied, StringComparer.Ordinal).Count(),
        };
        context.Database.SetDbConnection(connection);
        return await StatusCounts.AddAsync(status, context, cancellationToken);
    }
}
