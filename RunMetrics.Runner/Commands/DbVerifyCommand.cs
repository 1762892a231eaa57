using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db verify</c>: reads the whole database.</summary>
internal static class DbVerifyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time) => DbCommand.MakeForWhole(
        "verify",
        "Read the whole database and list what is damaged or counted wrongly in it; nothing is changed, and it may be in use",
        async (location, cancellationToken) =>
        {
            var problems = await ProgressDisplay.WhileAsync(
                $"reading {location.Name}", time, progress => RunMetricsDatabase.VerifyAsync(location, progress, cancellationToken));
            if (problems.Count > 0)
            {
                return await ShowProblemsAsync(location.Name, problems, "restore it from a backup, or rebuild where only counts are wrong");
            }

            await Console.Out.WriteLineAsync($"{location.Name} is whole");
            return ExitCodes.Done;
        });

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
