using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>Writes a database file anew without the space that deleted rows have left.</summary>
internal static class SqliteCompaction
{
    /// <inheritdoc cref="RunMetricsDatabase.CompactAsync"/>
    public static Task<DatabaseCompaction> CompactAsync(
        SqliteLocation location, RunMetricsDbContext context, IProgress<string>? progress, CancellationToken cancellationToken) => LongWork.DoAsync(
        location,
        connection =>
        {
            if (SqliteInspection.FindReasonNotToCopy(connection, context) is { } reason)
            {
                throw DatabaseRefusedException.For(location, reason);
            }

            var before = MeasureBytes(location);
            progress?.Report("writing it anew; who writes to it waits");
            Vacuum(connection, location);
            progress?.Report("emptying the log");
            var isLogInUse = SqliteInspection.ReadColumn(connection, "PRAGMA wal_checkpoint(TRUNCATE)") is not ["0"];
            SqliteInspection.MoveLogOnClose(connection, true);
            return Task.FromResult(new DatabaseCompaction(before, MeasureBytes(location), isLogInUse));
        },
        cancellationToken);

    private static void Vacuum(SqliteConnection connection, SqliteLocation location)
    {
        try
        {
            SqliteInspection.Execute(connection, "VACUUM");
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_FULL)
        {
            throw new IOException(
                $"{location.FilePath} cannot be compacted: there is not enough space to write it anew, beside it and in the folder for temporary files; nothing has changed.",
                exception);
        }
    }

    private static long MeasureBytes(SqliteLocation location) =>
        new[] { location.FilePath, SqliteInspection.LogOf(location.FilePath) }.Select(path => new FileInfo(path)).Where(file => file.Exists).Sum(file => file.Length);
}
