using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Recording;

[Parallelizable(ParallelScope.All)]
public sealed class RecordingLocationTests
{
    [Test]
    public async Task Run_with_a_connection_string_opens_the_database_with_all_its_options()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.RunAsync();

        var run = Start(sandbox, "Data Source=metrics.db;Vfs=no-such-vfs");
        var exitCode = await run.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage, run.Errors);
        run.Errors.ShouldContain("no-such-vfs");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Resume_goes_on_in_the_database_and_with_the_options_of_the_start(bool isStateOfAnEarlierVersion)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var lost = Start(sandbox, "Data Source=metrics.db;Pooling=False;Default Timeout=5", builder: sandbox.Hold("builder"));
        await sandbox.WaitForFileAsync("builder.started");
        var runId = await RunnerSandbox.WaitForRunIdAsync(lost);
        await lost.KillAsync();
        sandbox.Touch("builder.go");
        var stateFile = Path.Combine(sandbox.Home, "runs", runId, "state.json");
        var state = JsonNode.Parse(await File.ReadAllTextAsync(stateFile))!;
        var recordedTo = state["plan"]!["recorded_to"]!;
        recordedTo["connection_string"]!.GetValue<string>().ShouldBe($"Data Source={sandbox.DatabaseFile};Default Timeout=5;Pooling=False");
        if (isStateOfAnEarlierVersion)
        {
            state["plan"]!["recorded_to"] = new JsonObject { ["database_file"] = sandbox.DatabaseFile, ["server"] = null };
            await File.WriteAllTextAsync(stateFile, state.ToJsonString());
        }

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases[..3].ShouldBe(["setup 1 success", "builder 1 failed", "builder 1 success"]);
    }

    private static OwnedProcess Start(RunnerSandbox sandbox, string connectionString, string builder = "true") => sandbox.StartIn(
        connectionString,
        "run", "--repo", sandbox.Repository, "--work-order", "WO:1", "--builder", builder, "--test", "true", "--reviewer", "true");
}
