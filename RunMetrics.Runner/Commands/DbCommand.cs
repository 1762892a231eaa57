using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db</c>: looks after the database file.</summary>
internal static class DbCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time) => new("db", "Look after the database") { MakeVerify(time), MakeRebuild(time) };

    private static ExampleCommand MakeVerify(TimeProvider time)
    {
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "verify",
            "Read the whole database and list what is damaged or counted wrongly in it; nothing is changed, and it may be in use",
            "runmetrics db verify",
            "runmetrics db verify --database runs.db")
        {
            database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var problems = await ProgressDisplay.WhileAsync(
                $"reading {location.Name}", time, progress => RunMetricsDatabase.VerifyAsync(location, progress, cancellationToken));
            foreach (var problem in problems)
            {
                await Console.Out.WriteLineAsync(problem);
            }

            if (problems.Count > 0)
            {
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{location.Name} is not whole: {problems.Count} problems; restore it from a backup, or rebuild where only counts are wrong"));
                return ExitCodes.Failed;
            }

            await Console.Out.WriteLineAsync($"{location.Name} is whole");
            return ExitCodes.Done;
        });
        return command;
    }

    private static ExampleCommand MakeRebuild(TimeProvider time)
    {
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "rebuild",
            "Count the runs and phases of the database anew, all or nothing; it may be in use, and who writes to it waits meanwhile",
            "runmetrics db rebuild",
            "runmetrics db rebuild --database runs.db")
        {
            database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var done = await ProgressDisplay.WhileAsync(
                $"rebuilding {location.Name}", time, progress => RunMetricsDatabase.RebuildAsync(location, progress, cancellationToken));
            foreach (var line in done)
            {
                await Console.Out.WriteLineAsync(line);
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
