using System.CommandLine;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db rebuild</c>: counts runs and phases anew.</summary>
internal static class DbRebuildCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time) => DbCommand.MakeForWhole(
        "rebuild",
        "Count the runs and phases of the database anew, all or nothing; it may be in use, and who writes to it waits meanwhile",
        async (location, cancellationToken) =>
        {
            var done = await ProgressDisplay.WhileAsync(
                $"rebuilding {location.Name}", time, progress => RunMetricsDatabase.RebuildAsync(location, progress, cancellationToken));
            foreach (var line in done)
            {
                await Console.Out.WriteLineAsync(line);
            }

            return ExitCodes.Done;
        });
}
