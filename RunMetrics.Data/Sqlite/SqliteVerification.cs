using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// Reads every page of a database file and lists what is wrong: damage first, then counts that are not those of the rows. Writes nothing and keeps
/// no writer waiting.
/// </summary>
internal static class SqliteVerification
{
    /// <summary>Lists at most <see cref="DatabaseProvider.MaxProblems"/> of the problems; none when the database is whole.</summary>
    /// <exception cref="DatabaseRefusedException">The file is not there, or cannot be read for a reason that is no damage.</exception>
    public static IReadOnlyList<string> Verify(
        SqliteLocation location, RunMetricsDbContext context, IProgress<string>? progress, CancellationToken cancellationToken) => LongWork.Do(
        location,
        connection =>
        {
            var problems = Verify(connection, context, progress);
            SqliteInspection.MoveLogOnClose(connection, problems.Count == 0);
            return problems;
        },
        cancellationToken);

    private static List<string> Verify(SqliteConnection connection, RunMetricsDbContext context, IProgress<string>? progress)
    {
        (string Doing, Func<IEnumerable<string>> Check)[] checks =
        [
            ("reading the schema", () => SqliteInspection.FindProblems(connection, context)),
            ("reading pages and indexes, checking rows", () => CheckIntegrity(connection)),
            ("checking references", () => SqliteInspection.TablesOf(context).SelectMany(table => CheckForeignKeys(connection, table.Name))),
            ("comparing triggers", () => CountComparison.FindOtherTriggers(connection)),
            .. CountComparison.Tables.Select(table => ($"counting {table} anew", (Func<IEnumerable<string>>)(() => CountComparison.FindDifferences(connection, table, DatabaseProvider.MaxProblems)))),
        ];
        var problems = new List<string>();
        try
        {
            // All see one state of the file. A log lets others write meanwhile.
            using var transaction = connection.BeginTransaction(deferred: true);
            foreach (var (doing, check) in checks)
            {
                progress?.Report(doing);
                Collect(check, problems);
            }
        }
        catch (SqliteException exception) when (IsFinding(exception))
        {
            problems.Add(SqliteFailure.Explain(exception));
        }

        return [.. problems.Distinct(StringComparer.Ordinal).Take(DatabaseProvider.MaxProblems)];
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
        SqliteInspection.ReadColumn(connection, FormattableString.Invariant($"PRAGMA integrity_check({DatabaseProvider.MaxProblems})"))
            .SelectMany(message => message.Split('\n'))
            .Where(message => message.Length > 0 && message != "ok" && !message.StartsWith("***", StringComparison.Ordinal));

    private static List<string> CheckForeignKeys(SqliteConnection connection, string table) =>
        SqliteInspection.ReadColumn(
            connection,
            FormattableString.Invariant(
                $"""
                SELECT 'row ' || coalesce(rowid, '?') || ' of ' || $table || ' refers to a row of ' || parent || ' that is not there'
                FROM pragma_foreign_key_check($table) LIMIT {DatabaseProvider.MaxProblems}
                """),
            table);

    /// <summary>An error in the statement is one in the schema: the statements are right for every one that this program makes.</summary>
    private static bool IsFinding(SqliteException exception) =>
        SqliteFailure.IsDamage(exception) || exception.SqliteErrorCode == raw.SQLITE_ERROR;
}
