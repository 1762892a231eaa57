using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using SQLitePCL;

namespace RunMetrics.Data.Startup;

/// <summary>Reads every page of a database file and lists what is wrong. Writes nothing and keeps no writer waiting.</summary>
internal static class DatabaseVerification
{
    private const int MaxProblems = 100;

    // Between two looks at the cancellation token; some milliseconds at most.
    private const int InterruptInterval = 1000;

    /// <summary>Lists at most <see cref="MaxProblems"/> of the problems; none when the database is whole.</summary>
    /// <exception cref="DatabaseRefusedException">The file is not there, or cannot be read for a reason that is no damage.</exception>
    public static IReadOnlyList<string> Verify(DatabaseLocation location, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        if (!File.Exists(location.FilePath))
        {
            throw DatabaseRefusedException.For(location, "there is no such file");
        }

        try
        {
            using var connection = DatabaseInspection.Open(location);
            raw.sqlite3_progress_handler(connection.Handle!, InterruptInterval, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
            var problems = Verify(connection, context);
            DatabaseInspection.MoveLogOnClose(connection, problems.Count == 0);
            return problems;
        }
        catch (SqliteException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw DatabaseRefusedException.For(location, exception);
        }
    }

    private static List<string> Verify(SqliteConnection connection, RunMetricsDbContext context)
    {
        Func<IEnumerable<string>>[] checks =
        [
            () => DatabaseInspection.FindProblems(connection, context),
            () => CheckIntegrity(connection),
            () => DatabaseInspection.TablesOf(context).SelectMany(table => CheckForeignKeys(connection, table.Name)),
        ];
        var problems = new List<string>();
        try
        {
            // All see one state of the file. A log lets others write meanwhile.
            using var transaction = connection.BeginTransaction(deferred: true);
            foreach (var check in checks)
            {
                Collect(check, problems);
            }
        }
        catch (SqliteException exception) when (IsFinding(exception))
        {
            problems.Add(SqliteFailure.Explain(exception));
        }

        return [.. problems.Distinct(StringComparer.Ordinal).Take(MaxProblems)];
    }

    /// <summary>Adds what a check finds; the damage that stops one is a finding too, and the next one may find more.</summary>
    private static void Collect(Func<IEnumerable<string>> check, List<string> problems)
    {
        try
        {
            foreach (var problem in check())
            {
                problems.Add(problem);
            }
        }
        catch (SqliteException exception) when (IsFinding(exception))
        {
            problems.Add(SqliteFailure.Explain(exception));
        }
    }

    private static IEnumerable<string> CheckIntegrity(SqliteConnection connection) =>
        DatabaseInspection.ReadColumn(connection, FormattableString.Invariant($"PRAGMA integrity_check({MaxProblems})"))
            .SelectMany(message => message.Split('\n'))
            .Where(message => message.Length > 0 && message != "ok" && !message.StartsWith("***", StringComparison.Ordinal));

    private static List<string> CheckForeignKeys(SqliteConnection connection, string table) =>
        DatabaseInspection.ReadColumn(
            connection,
            FormattableString.Invariant(
                $"""
                SELECT 'row ' || coalesce(rowid, '?') || ' of ' || $table || ' refers to a row of ' || parent || ' that is not there'
                FROM pragma_foreign_key_check($table) LIMIT {MaxProblems}
                """),
            table);

    /// <summary>An error in the statement is one in the schema: the statements are right for every one that this program makes.</summary>
    private static bool IsFinding(SqliteException exception) =>
        SqliteFailure.IsDamage(exception) || exception.SqliteErrorCode == raw.SQLITE_ERROR;
}
