using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db status</c>: tells what there is in a database.</summary>
internal static class DbStatusCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        var json = new Option<bool>("--json") { Description = "Print it as one JSON object" };
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "status",
            "Tell the size of the database, its schema and what is recorded in it; nothing is changed, and it may be in use",
            "runmetrics db status",
            "runmetrics db status --database runs.db --json")
        {
            json, database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var status = await RunMetricsDatabase.ReadStatusAsync(location, cancellationToken);
            if (parsed.GetValue(json))
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(status, RunMetricsJson.CreateOptions()));
                return ExitCodes.Done;
            }

            var lines = Describe(status).ToList();
            var width = lines.Max(line => line.Name.Length) + 1;
            foreach (var (name, value) in lines)
            {
                await Console.Out.WriteLineAsync($"{$"{name}:".PadRight(width)} {value}");
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<(string Name, string Value)> Describe(DatabaseStatus status) =>
    [
        ("database", status.Database),
        ("engine", status.Engine),
        ("size", status.LogSizeBytes is { } log ? $"{Number(status.SizeBytes)} bytes, and {Number(log)} bytes of log" : $"{Number(status.SizeBytes)} bytes"),
        ("schema", Schema(status)),
        ("projects", Number(status.Projects)),
        ("runs", Number(status.Runs)),
        ("open runs", Number(status.OpenRuns)),
        ("phase metrics", Number(status.PhaseMetrics)),
        ("open phase metrics", Number(status.OpenPhaseMetrics)),
        ("oldest run", Run(status.OldestRun)),
        ("newest run", Run(status.NewestRun)),
    ];

    private static string Schema(DatabaseStatus status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{status.Migration ?? "none"}, {(status.PendingMigrations == 0 ? "that of this version" : $"{status.PendingMigrations} migrations pending, which the next start applies")}");

    private static string Run(RunPosition? run) => run is null ? "none" : $"{run.Id}, started {Instants.Format(run.StartedAt)}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
