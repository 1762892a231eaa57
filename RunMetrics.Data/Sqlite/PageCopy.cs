using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>Copies the pages of a database by SQLite's online backup.</summary>
internal static class PageCopy
{
    private const string Main = "main";

    /// <summary>So many pages between two looks at the token; of 4 KiB they are 4 MB.</summary>
    private const int PagesOfAStep = 1_000;

    private const int PercentBetweenReports = 10;

    /// <summary>Copies into a plain file that needs no log beside it.</summary>
    /// <param name="source">Where from; in a transaction that reads.</param>
    /// <param name="file">The file, which is empty.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void CopyToFile(SqliteConnection source, PartialFile file, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var destination = SqliteInspection.Open(SqliteLocation.ForFile(file.FilePath));

            // Nobody would roll a half copy back.
            SqliteInspection.Execute(destination, "PRAGMA journal_mode = OFF");
            Copy(source, destination, progress, cancellationToken);
            SqliteInspection.Execute(destination, "PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException exception) when (!SqliteFailure.IsDamage(exception))
        {
            throw new IOException($"{file.Target} cannot be written: {SqliteFailure.Explain(exception)}.", exception);
        }
    }

    /// <summary>Copies over another database, in one transaction.</summary>
    /// <param name="source">Where from; in a transaction that reads, so that all pages are of one state and others may write meanwhile.</param>
    /// <param name="destination">Where to; in no transaction.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the call; the other database is as it was then.</param>
    /// <exception cref="SqliteException">It cannot be done; the other database is as it was.</exception>
    public static void Copy(
        SqliteConnection source, SqliteConnection destination, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var backup = raw.sqlite3_backup_init(destination.Handle!, Main, source.Handle!, Main);
        if (backup.IsInvalid)
        {
            throw Failure(destination, raw.sqlite3_errcode(destination.Handle!));
        }

        var reported = -PercentBetweenReports;
        int result;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = raw.sqlite3_backup_step(backup, PagesOfAStep);
            var pages = Math.Max(raw.sqlite3_backup_pagecount(backup), 1);
            var percent = (int)(100L * (pages - raw.sqlite3_backup_remaining(backup)) / pages);
            if (percent >= reported + PercentBetweenReports)
            {
                reported = percent;
                progress?.Report(string.Create(CultureInfo.InvariantCulture, $"copying, {percent} %"));
            }
        }
        while (result == raw.SQLITE_OK);
        if (result != raw.SQLITE_DONE)
        {
            throw Failure(destination, result);
        }
    }

    private static SqliteException Failure(SqliteConnection destination, int result) =>
        new(raw.sqlite3_errstr(result).utf8_to_string(), result & 0xFF, raw.sqlite3_extended_errcode(destination.Handle!));
}
