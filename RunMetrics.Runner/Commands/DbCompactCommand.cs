using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db compact</c>: gives the space back that deleted runs have left.</summary>
internal static class DbCompactCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time) => DbCommand.MakeForWhole(
        "compact",
        "Give the space back that deleted runs have left in the database file; it may be in use, and who writes to it waits meanwhile",
        async (location, cancellationToken) =>
        {
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
}
