using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Startup;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db</c>: looks after the database file.</summary>
internal static class DbCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make() => new("db", "Look after the database") { MakeVerify() };

    private static Command MakeVerify()
    {
        var database = CommandOptions.MakeDatabase();
        var command = new Command("verify", "Read the whole database and list what is damaged in it; nothing is changed, and it may be in use")
        {
            database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.Find(parsed.GetValue(database), server: null).Database;
            await Console.Error.WriteLineAsync($"reading {location.FilePath}");
            var problems = await RunMetricsDatabase.VerifyAsync(location, cancellationToken);
            foreach (var problem in problems)
            {
                await Console.Out.WriteLineAsync(problem);
            }

            if (problems.Count > 0)
            {
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{location.FilePath} is not whole: {problems.Count} problems; restore it from a backup"));
                return ExitCodes.Failed;
            }

            await Console.Out.WriteLineAsync($"{location.FilePath} is whole");
            return ExitCodes.Done;
        });
        return command;
    }
}
