using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db compact</c>: gives the space back that deleted runs have left.</summary>
internal static class DbCompactCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "compact",
            "Give the space back that deleted runs have left in the database file; it may be in use, and who writes to it waits meanwhile",
            "runmetrics db compact",
            "runmetrics db compact --database runs.db")
        {
            database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var compaction = await ProgressDisplay.WhileAsync(
                $"compacting {location.Name}", time, progress => RunMetricsDatabase.CompactAsync(location, progress, cancellationToken));
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{location.Name}: {compaction.SizeBytesBefore} bytes before, {compaction.SizeBytesAfter} bytes after, the log included"));
            if (compaction.IsLogInUse)
            {
                await Console.Error.WriteLineAsync("others use the log; it is emptied by the last of them that closes the database");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
