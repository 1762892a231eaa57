using Microsoft.Data.Sqlite;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>What SQLite's result codes mean to the person who runs the program.</summary>
internal static class SqliteFailure
{
    /// <summary>What to do about a damaged file.</summary>
    public const string DamageRemedy = "restore it from a backup; `runmetrics db verify` lists what is damaged";

    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What the person who started the program is told of a database file that SQLite cannot use.</summary>
    public static DatabaseRefusedException Refuse(SqliteLocation location, SqliteException exception) =>
        DatabaseRefusedException.For(location, Explain(exception), exception);

    /// <summary>What the failure means, as the rest of a sentence about the database.</summary>
    public static string Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        NotADatabase => "it is not a SQLite database, or its header is damaged",
        Corrupt => $"it is damaged; {DamageRemedy}",
        ReadOnly => "it is read-only; make it writable or set another file",
        Busy or Locked => "another program has locked it",
        CannotOpen or IoError => "it cannot be opened, read or written; check that it is a file which this user may use",
        Full => "the disk is full",
        _ => exception.Message,
    };

    /// <summary>True when the file itself is damaged, which no waiting mends; false for what may pass.</summary>
    public static bool IsDamage(Exception exception) => Find(exception, code => code is Corrupt or NotADatabase) is not null;

    /// <summary>True when another program has locked the database.</summary>
    public static bool IsBusy(SqliteException exception) => exception.SqliteErrorCode is Busy or Locked;

    /// <summary>Why the database can be neither read nor written now, or null when the exception is about something else.</summary>
    /// <seealso cref="IsDamage"/>
    public static string? FindUnavailability(Exception exception) =>
        Find(exception, code => code is Busy or Locked or ReadOnly or IoError or Corrupt or Full or CannotOpen or NotADatabase) is { } failure
            ? $"The database cannot be used now: {Explain(failure)}."
            : null;

    private static SqliteException? Find(Exception exception, Func<int, bool> isMeant)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SqliteException failure && isMeant(failure.SqliteErrorCode))
            {
                return failure;
            }
        }

        return null;
    }
}
