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
    public static Task<IReadOnlyList<string>> VerifyAsync(
        SqliteLocation location, RunMetricsDbContext context, IProgress<string>? progress, CancellationToken cancellationToken) => LongWork.DoAsync(
        location,
        connection =>
        {
            // All checks see one state of the file. A log lets others write meanwhile.
            using var transaction = connection.BeginTransaction(deferred: true);
            var problems = FindProblems(connection, context, progress);
            SqliteInspection.MoveLogOnClose(connection, problems.Count == 0);
            return Task.FromResult(problems);
        },
        cancellationToken);

    /// <summary>Lists as many of an open database, in a transaction.</summary>
    public static IReadOnlyList<string> FindProblems(SqliteConnection connection, RunMetricsDbContext context, IProgress<string>? progress)
    {
        var problems = new List<string>();
        try
        {
            foreach (var (doing, check) in ListChecks(connection, context))
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

    private static IEnumerable<(string Doing, Func<IEnumerable<string>> Check)> ListChecks(SqliteConnection connection, RunMetricsDbContext context)
    {
        yield return ("reading the schema", () => SqliteInspection.FindProblems(connection, context));
        yield return ("reading pages and indexes, checking rows", () => CheckIntegrity(connection));
        yield return ("checking references", () => SqliteInspection.TablesOf(context)
            .Where(table => SqliteInspection.IsTable(connection, table.Name))
            .SelectMany(table => CheckForeignKeys(connection, table.Name)));
        if (SqliteInspection.LacksMigrations(connection, context))
        {
            // A file of an older version is counted when it is brought to this one.
            yield break;
        }

        yield return ("comparing triggers", () => CountComparison.FindOtherTriggers(connection));
        foreach (var table in CountComparison.Tables)
        {
            yield return ($"counting {table} anew", () => CountComparison.FindDifferences(connection, table, DatabaseProvider.MaxProblems));
        }
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
