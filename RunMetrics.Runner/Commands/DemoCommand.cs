using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics demo</c>: the real loop over a small repository, in seconds.</summary>
internal static class DemoCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "demo", "Make a small repository in a temporary folder and work a work order in it", "runmetrics demo", "runmetrics demo --database demo.db")
        {
            database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var telemetry = RunTelemetry.Open(time);
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database));
            var console = new RunnerConsole(factsOnly: false, time);
            await using var target = await RunRecorder.OpenAsync(location, telemetry.Loggers, time, cancellationToken);
            using var repository = await DemoRepository.CreateAsync(cancellationToken);
            var (plan, opened) = await new RunPreparation(time).PrepareAsync(repository.MakeRequest(), location, cancellationToken);
            var result = await new RunExecution(target, location, telemetry, console, time).WorkAsync(
                plan, json: false, session => session.StartAsync(plan, opened, cancellationToken));
            await ShowResultsAsync(console, target, plan, result);
            return ExitCodes.Of(result.Status);
        });
        return command;
    }

    private static async Task ShowResultsAsync(RunnerConsole console, RecordingTarget target, RunPlan plan, RunResult result)
    {
        // The live display has shown the table already.
        if (!console.IsLive)
        {
            console.Ansi.Write(PhaseTable.Of(result.Phases, console.Ansi.Profile.Width));
        }

        var options = new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        RunMetricsJson.Configure(options);
        var summary = await target.Queries!.SummarizeAsync(plan.ProjectId, recent: 10, asOf: null, ProjectAccess.All, CancellationToken.None);
        await console.Lines.WriteLineAsync(
            $"""

            summary of project {plan.ProjectId}:
            {JsonSerializer.Serialize(summary, options)}

            the same over HTTP, from the root of a clone of the sources:
              dotnet run --project RunMetrics.Api -- --database {Quote(plan.RecordedTo.Database.Name)}
              curl http://localhost:5080/repos/{plan.ProjectId}/run-metrics/summary
            """);
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

/// <summary>
/// A small repository and a work order in it whose tests fail in iteration 1, whose reviewer asks for changes in iteration 2 and approves in
/// iteration 3. Gone when it is disposed.
/// </summary>
internal sealed class DemoRepository : IDisposable
{
    /// <summary>The project that the demo is recorded for.</summary>
    public const string ProjectId = "runmetrics-demo";

    // Stands for an agent: it writes what the feedback asks for, and takes its time.
    private const string Builder = """
        sleep 1
        if grep -q 'greet by name' "$RUNMETRICS_FEEDBACK_FILE"; then
          printf 'echo "Hello, ${1:-world}!"\n' > greet.sh
        elif grep -q 'not ok' "$RUNMETRICS_FEEDBACK_FILE"; then
          printf 'echo "Hello, world!"\n' > greet.sh
        else
          printf 'echo "Hallo, world!"\n' > greet.sh
        fi
        """;

    private const string Test = """
        sleep 0.5
        if [ "$(sh greet.sh)" = 'Hello, world!' ]; then result=''; else result='<failure/>'; fi
        printf '<testsuite><testcase name="starts"/><testcase name="greets">%s</testcase></testsuite>' "$result" \
          > "$RUNMETRICS_TEST_RESULTS/greet.xml"
        if [ -n "$result" ]; then echo 'not ok: greet.sh does not say Hello, world!'; exit 1; fi
        """;

    private const string Reviewer = """
        sleep 0.5
        if ! grep -q '[$]' greet.sh; then echo 'Please greet by name when one is given.'; exit 1; fi
        """;

    private readonly DirectoryInfo _folder;

    private DemoRepository(DirectoryInfo folder) => _folder = folder;

    /// <summary>Makes the repository.</summary>
    public static async Task<DemoRepository> CreateAsync(CancellationToken cancellationToken)
    {
        var repository = new DemoRepository(Directory.CreateTempSubdirectory("runmetrics-demo-"));
        await File.WriteAllTextAsync(Path.Combine(repository._folder.FullName, "greet.sh"), "# greets\n", cancellationToken);
        var git = new GitCommand(repository._folder.FullName);
        await git.RunAsync(cancellationToken, "init", "--quiet", "--initial-branch=main");
        await git.RunAsync(cancellationToken, "add", "--all");
        await git.RunAsync(
            cancellationToken,
            "-c", "user.name=RunMetrics", "-c", "user.email=runmetrics@localhost", "-c", "commit.gpgsign=false",
            "commit", "--quiet", "--no-verify", "-m", "Start a greeting");
        return repository;
    }

    /// <summary>What is asked for in it.</summary>
    public RunRequest MakeRequest() => new()
    {
        Repository = _folder.FullName,
        WorkOrderId = "001-greet",
        ProjectId = ProjectId,
        SetupCommand = "sleep 0.5",
        BuilderCommand = Builder,
        TestCommand = Test,
        ReviewerCommand = Reviewer,
        MaxIterations = 5,
        PhaseTimeout = TimeSpan.FromMinutes(1),
    };

    /// <inheritdoc />
    public void Dispose() => _folder.Delete(recursive: true);
}
