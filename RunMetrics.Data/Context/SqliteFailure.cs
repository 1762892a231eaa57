using Microsoft.Data.Sqlite;

namespace RunMetrics.Data.Context;

/// <summary>What SQLite's result codes mean to the person who runs the program.</summary>
internal static class SqliteFailure
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static string Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        NotADatabase => "it is not a SQLite database, or its header is damaged",
        Corrupt => "it is damaged; restore it from a backup",
        ReadOnly => "it is read-only; make it writable or set another file",
        Busy or Locked => "another program has locked it",
        CannotOpen or IoError => "it cannot be opened, read or written; check that it is a file which this user may use",
        Full => "the disk is full",
        _ => exception.Message,
    };

    /// <summary>True when another connection holds the lock.</summary>
    public static bool IsHeldByAnother(SqliteException exception) => exception.SqliteErrorCode is Busy or Locked;

    /// <summary>Why the database cannot write now, or null when the exception is about something else.</summary>
    public static string? FindUnavailability(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or IoError or Full or CannotOpen } failure)
            {
                return $"The database cannot be written now: {Explain(failure)}.";
            }
        }

        return null;
    }
}
