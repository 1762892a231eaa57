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
    public static T Do<T>(SqliteLocation location, Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        if (!File.Exists(location.FilePath))
        {
            throw DatabaseRefusedException.For(location, "there is no such file");
        }

        try
        {
            using var connection = SqliteInspection.Open(location);
            raw.sqlite3_progress_handler(connection.Handle!, InterruptInterval, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
            return work(connection);
        }
        catch (SqliteException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw SqliteFailure.Refuse(location, exception);
        }
    }
}
