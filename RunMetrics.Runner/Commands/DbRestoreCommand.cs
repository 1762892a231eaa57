using System.CommandLine;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db restore</c>: puts a backup in the place of the database file.</summary>
internal static class DbRestoreCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The backup; it is verified first, and not changed" };
        var yes = Confirmation.MakeYes();
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "restore",
            "Put a backup in the place of the database file, all or nothing, while nobody uses that",
            "runmetrics db restore backups/runs-2026-01-12.db",
            "runmetrics db restore runs-backup.db --database runs.db --yes")
        {
            file, yes, database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var isConfirmed = parsed.GetValue(yes);
            if (location is SqliteLocation { FilePath: var path } && File.Exists(path))
            {
                Confirmation.RequireTerminal(isConfirmed);
            }

            var source = parsed.GetRequiredValue(file);
            using var restore = await ProgressDisplay.WhileAsync(
                $"reading {source}", time, progress => RunMetricsDatabase.BeginRestoreAsync(location, source, progress, cancellationToken));
            return restore.Backup is { } backup
                ? await RestoreAsync(restore, backup, location, isConfirmed, time, cancellationToken)
                : await DbVerifyCommand.ShowProblemsAsync(source, restore.Problems, $"{location.Name} was not touched");
        });
        return command;
    }

    private static async Task<int> RestoreAsync(
        DatabaseRestore restore, DatabaseStatus backup, DatabaseLocation location, bool isConfirmed, TimeProvider time, CancellationToken cancellationToken)
    {
        if (DescribeReplaced(restore) is { } replaced
            && !await Confirmation.AskAsync($"replace {location.Name} ({replaced}) by {backup.Database} ({DbText.Content(backup)})?", isConfirmed, cancellationToken))
        {
            await Console.Error.WriteLineAsync($"{location.Name} was not touched");
            return ExitCodes.Failed;
        }

        await ProgressDisplay.WhileAsync(
            $"restoring {location.Name} from {backup.Database}",
            time,
            async progress =>
            {
                await restore.ApplyAsync(progress, cancellationToken);
                return true;
            });
        await Console.Out.WriteLineAsync($"{location.Name}: {DbText.Content(backup)}, restored and verified");
        if (restore.DamagedFile is { } damaged)
        {
            await Console.Out.WriteLineAsync($"what was damaged is kept as {damaged}");
        }

        if (backup.PendingMigrations > 0)
        {
            await Console.Out.WriteLineAsync("its schema is that of an older version; the next start brings it to this one");
        }

        return ExitCodes.Done;
    }

    /// <summary>What is there; null when nothing is.</summary>
    private static string? DescribeReplaced(DatabaseRestore restore) =>
        restore.Replaced is { } replaced ? DbText.Content(replaced)
        : restore.DamagedFile is { } damaged ? $"damaged, to be kept as {damaged}"
        : null;
}
