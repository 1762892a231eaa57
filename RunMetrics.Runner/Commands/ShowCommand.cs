using System.CommandLine;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics show</c>: shows a recorded run with its phases.</summary>
internal static class ShowCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var runId = new Argument<string>("RUN_ID") { Description = "The id of the run" };
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var json = new Option<bool>("--json") { Description = "Print the run's facts, one JSON object a line, as an import takes them" };
        var command = new ExampleCommand(
            "show",
            "Show a recorded run with its phases",
            "runmetrics show 01998d2c-5b1e-7c4a-9f00-3a5d7e9b1c2f",
            "runmetrics show r-1 --server http://localhost:5080 --json")
        {
            runId, database, server, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = parsed.GetRequiredValue(runId);
            if (!Identifiers.IsValid(id))
            {
                throw new RefusedException($"'{id}' is not the id of a run; accepted: {Identifiers.Accepted}.");
            }

            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            using var recorded = await RecordedRuns.OpenAsync(location, time, cancellationToken);
            if (await recorded.FindRunAsync(id, cancellationToken) is not { } history)
            {
                await Console.Error.WriteLineAsync($"{id}: no such run is recorded; `runmetrics runs` lists those there are");
                return ExitCodes.Failed;
            }

            if (parsed.GetValue(json))
            {
                await using var output = Console.OpenStandardOutput();
                await FactLines.WriteAsync(output, history, cancellationToken);
                return ExitCodes.Done;
            }

            new RunsView(new RunnerConsole(factsOnly: false, time).Ansi).Show(history);
            return ExitCodes.Done;
        });
        return command;
    }
}
