using Microsoft.Data.Sqlite;
using RunMetrics.Data.Databases;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>What takes long on a database file that exists, on a connection of its own.</summary>
internal static class LongWork
{
    // Between two looks at the cancellation token; some milliseconds at most.
    private const int InterruptInterval = 1000;

    /// <summary>Does it; the token ends the statement that is running.</summary>
    /// <exception cref="DatabaseRefusedException">The file is not there, or SQLite cannot do it.</exception>
    public static async Task<T> DoAsync<T>(SqliteLocation location, Func<SqliteConnection, Task<T>> workAsync, CancellationToken cancellationToken)
    {
        RequireFile(location);
        try
        {
            using var connection = SqliteInspection.Open(location);
            InterruptOn(connection, cancellationToken);
            return await workAsync(connection);
        }
        catch (SqliteException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw SqliteFailure.Refuse(location, exception);
        }
    }

    /// <summary>Refuses a file that is not there.</summary>
    public static void RequireFile(SqliteLocation location)
    {
        if (!File.Exists(location.FilePath))
        {
            throw DatabaseRefusedException.For(location, "there is no such file");
        }
    }

    /// <summary>Lets the token end a statement of the connection that is running.</summary>
    public static void InterruptOn(SqliteConnection connection, CancellationToken cancellationToken) =>
        raw.sqlite3_progress_handler(connection.Handle!, InterruptInterval, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
}
