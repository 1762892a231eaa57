using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Demo;
using RunMetrics.Runner.Loop;
using RunMetrics.Runner.Output;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics demo</c>: the real loop over a small repository, in seconds.</summary>
internal static class DemoCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var database = CommonOptions.MakeDatabase();
        var command = new Command("demo", "Make a small repository in a temporary folder and work a work order in it") { database };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var place = RecordingPlace.Find(parsed.GetValue(database), server: null);
            await using var target = await RecordingTarget.OpenAsync(place, time, cancellationToken);
            var screen = new Screen(factsOnly: false, time);
            using var repository = await DemoRepository.CreateAsync(cancellationToken);
            var (plan, opened) = await new RunPreparation(time).PrepareAsync(repository.MakeRequest(), place, cancellationToken);
            var exitCode = await new Conduct(target, screen, time).WorkAsync(
                plan, json: false, session => session.StartAsync(plan, opened, cancellationToken));
            await ShowResultsAsync(screen, target, plan);
            return exitCode;
        });
        return command;
    }

    private static async Task ShowResultsAsync(Screen screen, RecordingTarget target, RunPlan plan)
    {
        // The live display has shown the table already.
        if (!screen.IsLive && await target.Store.FindRunAsync(plan.RunId, ProjectAccess.All, CancellationToken.None) is { } history)
        {
            screen.Ansi.Write(PhaseTable.Of(history));
        }

        var options = new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        RunMetricsJson.Configure(options);
        var location = DatabaseLocation.ForFile(plan.RecordedTo.DatabaseFile!);
        var summary = await target.Queries!.SummarizeAsync(plan.ProjectId, recent: 10, ProjectAccess.All, CancellationToken.None);
        await screen.Lines.WriteLineAsync(
            $"""

            summary of project {plan.ProjectId}:
            {JsonSerializer.Serialize(summary, options)}

            the same over HTTP, from the root of this repository:
              dotnet run --project RunMetrics.Api -- --ConnectionStrings:RunMetrics {Quote(location.ConnectionString)}
              curl http://localhost:5080/repos/{plan.ProjectId}/run-metrics/summary
            """);
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
