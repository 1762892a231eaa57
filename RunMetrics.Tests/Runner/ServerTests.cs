using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class ServerTests
{
    [Test]
    public async Task Run_whose_server_is_away_from_the_builder_on_is_delivered_once_by_the_spool()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var databaseFile = sandbox.File("server.db");
        await using var relay = new TcpRelay();
        OwnedProcess run;
        using (var api = await ApiProcess.StartAsync(databaseFile))
        {
            relay.Server = api.Address;
            run = StartRun(sandbox, relay.Address, builder: $"{sandbox.Hold("builder")}; echo more >> app.txt");
            await sandbox.WaitForFileAsync("builder.started");
            await api.KillAsync();
        }

        relay.Server = null;
        sandbox.Touch("builder.go");
        var exitCode = await run.WaitForExitAsync();
        var waiting = await SpoolAsync(sandbox, "--status");
        var undelivered = await SpoolAsync(sandbox, "--drain");
        using var restarted = await ApiProcess.StartAsync(databaseFile);
        relay.Server = restarted.Address;
        var delivered = await SpoolAsync(sandbox, "--drain");

        exitCode.ShouldBe(ExitCodes.Done);
        run.Output.Split('\n')[^1].ShouldMatch($@"^\[\S+ s\] [1-9][0-9]* facts wait on this machine; to deliver them: runmetrics spool --drain --server {relay.Address}$");
        waiting.Output.ShouldContain($"{relay.Address}: ");
        waiting.Output.ShouldNotContain(": 0 facts wait");
        undelivered.ExitCode.ShouldBe(ExitCodes.Failed);
        delivered.ExitCode.ShouldBe(ExitCodes.Done, delivered.Output);
        var history = await RunnerSandbox.ReadHistoryAsync(databaseFile, await RunnerSandbox.WaitForRunIdAsync(run));
        history.Run.Status.ShouldBe(RunStatus.Succeeded);
        history.PhaseMetrics.Select(metric => $"{metric.Phase.Name()} {metric.Outcome?.Name()}")
            .ShouldBe(["setup success", "builder success", "test success", "reviewer approved", "merge success"]);
    }

    [Test]
    public async Task Resume_of_a_run_on_a_server_goes_on_there()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var databaseFile = sandbox.File("server.db");
        using var api = await ApiProcess.StartAsync(databaseFile);
        var lost = StartRun(sandbox, api.Address, builder: $"{sandbox.Hold("builder")}; echo more >> app.txt");
        await sandbox.WaitForFileAsync("builder.started");
        await lost.KillAsync();
        sandbox.Touch("builder.go");
        var runId = await RunnerSandbox.WaitForRunIdAsync(lost);

        var resumed = sandbox.Start("resume", runId);
        var exitCode = await resumed.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.Done, resumed.Errors);
        var history = await RunnerSandbox.ReadHistoryAsync(databaseFile, runId);
        history.PhaseMetrics.Select(metric => $"{metric.Phase.Name()} {metric.Outcome?.Name()}")
            .ShouldBe(["setup success", "builder failed", "builder success", "test success", "reviewer approved", "merge success"]);
    }

    [TestCase("localhost:5080", "--server: 'localhost:5080' is no address; accepted: http or https, such as http://localhost:5080.")]
    [TestCase("http://localhost:1", "--server and --database exclude each other; name one.", "--database", "x.db")]
    public async Task Run_with_a_server_that_cannot_be_used_is_refused(string server, string refusal, params string[] more)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = sandbox.Start(
            ["run", "--repo", sandbox.Repository, "--work-order", "wo", "--builder", "true", "--test", "true", "--reviewer", "true", "--server", server, .. more]);
        var exitCode = await run.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        run.Errors.ShouldBe(refusal);
    }

    private static OwnedProcess StartRun(RunnerSandbox sandbox, Uri server, string builder) => sandbox.Start(
        "run", "--repo", sandbox.Repository, "--work-order", "WO:1", "--builder", builder, "--test", "true", "--reviewer", "true", "--server", server.ToString());

    private static async Task<(int ExitCode, string Output)> SpoolAsync(RunnerSandbox sandbox, string option)
    {
        var spool = sandbox.Start("spool", option);
        return (await spool.WaitForExitAsync(), spool.Output);
    }
}
