using System.CommandLine;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
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
        var project = CommandOptions.MakeProject("The project [default: all projects together]");
        var workOrder = CommandOptions.MakeWorkOrder("Only runs of this work order");
        var status = CommandOptions.MakeStatus("Only runs that stand there: running, succeeded, failed or cancelled");
        var since = CommandOptions.MakeInstant("--since", "Only runs that started at or after this instant, such as 2026-01-12T00:00:00Z");
        var until = CommandOptions.MakeInstant("--until", "Only runs that started before this instant");
        var labels = CommandOptions.MakeLabels("Only runs with this label, such as model=opus; may be repeated, then all must hold");
        var groupBy = CommandOptions.MakeGroupBy("Repeat the figures for each value of a label, such as model");
        var asOf = CommandOptions.MakeInstant("--as-of", "Only what had happened by this instant");
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var json = new Option<bool>("--json") { Description = "Print the figures as the API answers them, unrounded" };
        var command = new Command("stats", "Show how runs and their phases came out and what they took")
        {
            project, workOrder, status, since, until, labels, groupBy, asOf, database, server, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = new RunFilter
            {
                ProjectId = parsed.GetValue(project),
                WorkOrderId = parsed.GetValue(workOrder),
                Status = parsed.GetValue(status),
                Since = parsed.GetValue(since),
                Until = parsed.GetValue(until),
                Labels = [.. parsed.GetValue(labels) ?? RunLabels.None],
            };
            CommandOptions.RequireWindow(filter.Since, filter.Until);
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
