using System.CommandLine;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics stats</c>: shows how runs and their phases came out and what they took.</summary>
internal static class StatsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var filters = new RunFilterOptions("The project [default: all projects together]");
        var groupBy = CommandOptions.MakeGroupBy("Repeat the figures for each value of a label, such as model");
        var asOf = CommandOptions.MakeInstant("--as-of", "Only what had happened by this instant");
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var json = new Option<bool>("--json") { Description = "Print the figures as the API answers them, unrounded" };
        var command = new ExampleCommand(
            "stats",
            "Show how runs and their phases came out and what they took",
            "runmetrics stats --project acme/shop --label model=opus --since 2026-01-01T00:00:00Z",
            "runmetrics stats --group-by model --server http://localhost:5080");
        foreach (var option in filters.All.Concat([groupBy, asOf, database, server, json]))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = filters.Read(parsed);
            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            using var runs = await RecordedRuns.OpenAsync(location, time, cancellationToken);
            if (await runs.ComputeStatisticsAsync(filter, parsed.GetValue(asOf), parsed.GetValue(groupBy), cancellationToken) is not { } statistics)
            {
                await Console.Error.WriteLineAsync($"{filter.ProjectId}: no run of this project is recorded; `runmetrics stats` without --project lists those there are");
                return ExitCodes.Failed;
            }

            if (parsed.GetValue(json))
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(statistics, RunMetricsJson.CreateOptions()));
                return ExitCodes.Done;
            }

            var view = new StatisticsView(new RunnerConsole(factsOnly: false, time).Ansi);
            view.Show(statistics, filter);
            if (filter is { ProjectId: null, WorkOrderId: null, Status: null, Since: null, Until: null, Labels: [] })
            {
                await view.ShowProjectsAsync(runs.ListProjectsAsync(cancellationToken), cancellationToken);
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
