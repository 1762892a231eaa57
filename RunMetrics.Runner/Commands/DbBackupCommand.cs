using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db backup</c>: copies the database file while it is in use.</summary>
internal static class DbBackupCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The new file; it is whole and verified, or not there at all" };
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "backup",
            "Copy the database file while others write to it, and verify the copy",
            "runmetrics db backup backups/runs-2026-01-12.db",
            "runmetrics db backup runs-backup.db --database runs.db")
        {
            file, database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var target = parsed.GetRequiredValue(file);
            var backup = await ProgressDisplay.WhileAsync(
                $"copying {location.Name} to {target}", time, progress => RunMetricsDatabase.BackupAsync(location, target, progress, cancellationToken));
            if (backup.Copy is not { } copy)
            {
                return await DbVerifyCommand.ShowProblemsAsync(
                    location.Name, backup.Problems, "no backup was made; restore it from an earlier one, or rebuild where only counts are wrong");
            }

            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{copy.Database}: {DbText.Content(copy)}, {copy.SizeBytes} bytes, verified"));
            return ExitCodes.Done;
        });
        return command;
    }
}
