using System.CommandLine;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics run</c>: works a work order in a repository.</summary>
internal static class RunCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var repository = Required("--repo", "PATH", "The git repository to work in");
        var workOrder = Required("--work-order", "ID", "The work order to work on");
        var project = Optional("--project", "ID", "The project to record for [default: the name of the repository's folder]");
        var labels = CommandOptions.MakeLabels("A label to record the run with, such as model=opus; may be repeated");
        var builder = Required("--builder", "CMD", "Shell command that does the work");
        var test = Required("--test", "CMD", "Shell command that tests the work; exit code 0 when the tests pass");
        var reviewer = Required("--reviewer", "CMD", "Shell command that reviews the work; exit code 0 approved, 1 changes requested");
        var setup = Optional("--setup", "CMD", "Shell command that prepares the worktree");
        var baseBranch = Optional("--base", "BRANCH", "The branch to start from and merge into [default: the one that is checked out]");
        var timeout = CommandOptions.MakePhaseTimeout();
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var json = CommandOptions.MakeJson();
        var maxIterations = CommandOptions.MakeMaxIterations();

        var command = new ExampleCommand(
            "run",
            "Work a work order in a git repository: setup, builder, test, reviewer, merge",
            "runmetrics run --repo . --work-order WO-7 --builder ./agent.sh --test \"dotnet test\" --reviewer ./review.sh --phase-timeout 30m",
            "runmetrics run --repo . --work-order WO-7 --builder ./agent.sh --test ./test.sh --reviewer true --server http://localhost:5080")
        {
            repository, workOrder, project, labels, builder, test, reviewer, setup, baseBranch, maxIterations, timeout, database, server, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var telemetry = RunTelemetry.Open(time);
            var request = new RunRequest
            {
                Repository = parsed.GetRequiredValue(repository),
                WorkOrderId = parsed.GetRequiredValue(workOrder),
                ProjectId = parsed.GetValue(project),
                Labels = parsed.GetValue(labels),
                BaseBranch = parsed.GetValue(baseBranch),
                SetupCommand = parsed.GetValue(setup),
                BuilderCommand = parsed.GetRequiredValue(builder),
                TestCommand = parsed.GetRequiredValue(test),
                ReviewerCommand = parsed.GetRequiredValue(reviewer),
                MaxIterations = parsed.GetValue(maxIterations),
                PhaseTimeout = parsed.GetValue(timeout) ?? CommandOptions.DefaultPhaseTimeout,
            };
            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            var (plan, opened) = await new RunPreparation(time).PrepareAsync(request, location, cancellationToken);
            var console = new RunnerConsole(parsed.GetValue(json), time);
            await using var target = await RunRecorder.OpenAsync(location, telemetry.Loggers, time, cancellationToken);
            var result = await new RunExecution(target, location, telemetry, console, time).WorkAsync(
                plan, parsed.GetValue(json), session => session.StartAsync(plan, opened, cancellationToken));
            return ExitCodes.Of(result.Status);
        });
        return command;
    }

    private static Option<string> Required(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Required = true };

    private static Option<string?> Optional(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };
}
