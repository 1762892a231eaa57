using System.CommandLine;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics resume</c>: goes on with a run whose program was killed.</summary>
internal static class ResumeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var runId = new Argument<string>("RUN_ID") { Description = "The id of the run" };
        var database = CommandOptions.MakeDatabase();
        database.Description = "The database file; by default the run goes on where it was recorded";
        var json = CommandOptions.MakeJson();
        var command = new ExampleCommand(
            "resume",
            "Go on with a run whose program was killed, at the phase that was lost",
            "runmetrics resume 01998d2c-5b1e-7c4a-9f00-3a5d7e9b1c2f")
        {
            runId, database, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var telemetry = RunTelemetry.Open(time);
            var id = parsed.GetRequiredValue(runId);
            var folder = RunFolder.For(id);
            using var stateFile = RunStateFile.Open(folder, id);
            var plan = stateFile.State.Plan;
            var repository = await GitRepository.OpenAsync(plan.Repository, cancellationToken);
            var location = parsed.GetValue(database) is { } file ? RecordingLocation.Find(file, server: null) : plan.RecordedTo;
            var console = new RunnerConsole(parsed.GetValue(json), time);
            await using var target = await RunRecorder.OpenAsync(location, telemetry.Loggers, time, cancellationToken);
            var result = await new RunExecution(target, location, telemetry, console, time).WorkAsync(
                plan, parsed.GetValue(json), session => session.ResumeAsync(stateFile, folder, repository, cancellationToken));
            return ExitCodes.Of(result.Status);
        });
        return command;
    }
}
