using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>Copies a database file, in use or not, to a file that is verified before it gets its name.</summary>
internal static class SqliteBackup
{
    /// <inheritdoc cref="RunMetricsDatabase.BackupAsync"/>
    public static async Task<DatabaseBackup> MakeAsync(
        SqliteLocation location, RunMetricsDbContext context, string file, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var target = SqliteLocation.ForFile(file);
        LongWork.RequireFile(location);
        RefuseTarget(location, target.FilePath);
        using var partial = PartialFile.Create(target.FilePath, like: location.FilePath);
        await LongWork.DoAsync(
            location,
            connection =>
            {
                using var transaction = connection.BeginTransaction(deferred: true);
                if (SqliteInspection.FindReasonNotToCopy(connection, context) is { } reason)
                {
                    throw DatabaseRefusedException.For(location, reason);
                }

                PageCopy.CopyToFile(connection, partial, progress, cancellationToken);
                return Task.FromResult(true);
            },
            cancellationToken);
        var copy = SqliteLocation.ForFile(partial.FilePath);
        if (await SqliteVerification.VerifyAsync(copy, context, progress, cancellationToken) is { Count: > 0 } problems)
        {
            return new DatabaseBackup(Copy: null, problems);
        }

        var status = await SqliteStatus.ReadAsync(copy, context, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        partial.PutInPlace();
        return new DatabaseBackup(status with { Database = target.FilePath }, Problems: []);
    }

    private static void RefuseTarget(SqliteLocation location, string file)
    {
        var folder = Path.GetDirectoryName(file);
        var reason = file == location.FilePath ? "it is the database itself"
            : SqliteInspection.FilesBeside(location.FilePath).Contains(file, StringComparer.Ordinal) ? "it is a file of the database"
            : Directory.Exists(file) ? "it is a folder; name a file"
            : File.Exists(file) ? "it is there already; name a new file"
            : !Directory.Exists(folder) ? $"the folder {folder} does not exist; create it or name another file"
            : SqliteInspection.FilesBeside(file).FirstOrDefault(File.Exists) is { } other ? $"{other} is of another file and would be taken for a part of it; move it away"
            : null;
        if (reason is not null)
        {
            throw new DatabaseRefusedException($"The backup {file} is refused: {reason}.");
        }
    }
}
