using System.CommandLine;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics runs</c>: lists the newest recorded runs.</summary>
internal static class RunsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var filters = new RunFilterOptions("The project [default: all projects]");
        var limit = CommandOptions.MakeLimit("How many runs to list, the newest first");
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var json = new Option<bool>("--json") { Description = "Print each run as the API answers it, one JSON object a line" };
        var command = new ExampleCommand(
            "runs",
            "List the newest recorded runs",
            "runmetrics runs --project acme/shop --status failed",
            "runmetrics runs --server http://localhost:5080 --limit 100 --json");
        foreach (var option in filters.All.Concat([limit, database, server, json]))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = filters.Read(parsed);
            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            using var recorded = await RecordedRuns.OpenAsync(location, time, cancellationToken);
            if (await recorded.ListRunsAsync(filter, parsed.GetValue(limit), cancellationToken) is not { } runs)
            {
                await Console.Error.WriteLineAsync($"{filter.ProjectId}: no run of this project is recorded; `runmetrics runs` without --project lists those there are");
                return ExitCodes.Failed;
            }

            if (!parsed.GetValue(json))
            {
                new RunsView(new RunnerConsole(factsOnly: false, time).Ansi).Show(runs);
                return ExitCodes.Done;
            }

            foreach (var run in runs.Items)
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(run, RunMetricsJson.CreateOptions()));
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
