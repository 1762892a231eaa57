using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db verify</c>: reads the whole database.</summary>
internal static class DbVerifyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
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
            if (problems.Count > 0)
            {
                return await ShowProblemsAsync(location.Name, problems, "restore it from a backup, or rebuild where only counts are wrong");
            }

            await Console.Out.WriteLineAsync($"{location.Name} is whole");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Lists what is wrong with a database.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ShowProblemsAsync(string name, IReadOnlyList<string> problems, string remedy)
    {
        foreach (var problem in problems)
        {
            await Console.Out.WriteLineAsync(problem);
        }

        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name} is not whole: {problems.Count} problems; {remedy}"));
        return ExitCodes.Failed;
    }
}
