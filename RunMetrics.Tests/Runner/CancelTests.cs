using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class CancelTests
{
    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task Signal_ends_the_commands_and_closes_phase_and_run(string signal)
    {
        if (signal == "INT")
        {
            Signals.RequireInterrupt();
        }

        using var sandbox = await RunnerSandbox.CreateAsync();
        var process = sandbox.StartRun(
            builder: $"echo half >> app.txt; sh -c 'echo $$ > {sandbox.File("pid")}; touch {sandbox.File("started")}; exec sleep 600' & wait");
        await sandbox.WaitForFileAsync("started");

        await Signals.SendAsync(signal, process.Id);
        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Cancelled);
        run.Status.ShouldBe(RunStatus.Cancelled);
        run.Phases.ShouldBe(["setup 1 success", "builder 1 failed"]);
        run.Note(RunPhase.Builder, "reason").ShouldBe("cancelled");
        run.Phase(RunPhase.Builder).EndedAt.ShouldNotBeNull();
        Signals.IsAlive(int.Parse(sandbox.Read("pid"), null)).ShouldBeFalse();
        await sandbox.ShouldBeCleanAsync(run.Branch);
        (await sandbox.GitAsync("show", $"{run.Branch}:app.txt")).ShouldEndWith("half");
    }

    [Test]
    public async Task Interrupt_that_ends_the_command_first_cancels_all_the_same()
    {
        Signals.RequireInterrupt();
        using var sandbox = await RunnerSandbox.CreateAsync();
        var process = sandbox.StartRun(
            builder: $"echo $$ > '{sandbox.File("pid")}'; touch '{sandbox.File("started")}'; while :; do sleep 0.05; done");
        await sandbox.WaitForFileAsync("started");

        // A terminal sends both the signal; here the command has it first.
        await Signals.SendAsync("INT", int.Parse(sandbox.Read("pid"), null), process.Id);
        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Cancelled);
        run.Status.ShouldBe(RunStatus.Cancelled);
        run.Note(RunPhase.Builder, "reason").ShouldBe("cancelled");
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task Second_signal_forces_the_end_of_the_program_and_leaves_a_run_to_be_resumed(string signal)
    {
        if (signal == "INT")
        {
            Signals.RequireInterrupt();
        }

        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.InstallHookAsync("post-merge", sandbox.Hold("merge"));
        var process = sandbox.StartRun(
            builder: "echo four >> app.txt", more: ["--setup", $"setsid sleep 600 & echo $! > '{sandbox.File("pid")}'"]);
        await sandbox.WaitForFileAsync("merge.started");

        await Signals.SendAsync(signal, process.Id);
        await process.WaitForOutputAsync(line => line.Contains("a second Ctrl-C or SIGTERM forces the end", StringComparison.Ordinal));
        process.HasEnded.ShouldBeFalse();
        await Signals.SendUntilEndedAsync(signal, process);
        var exitCode = await process.WaitForExitAsync();
        var history = await RunnerSandbox.ReadHistoryAsync(sandbox.DatabaseFile, await RunnerSandbox.WaitForRunIdAsync(process));

        exitCode.ShouldBe(ExitCodes.Cancelled);
        history.Run.Status.ShouldBe(RunStatus.Running);
        if (OperatingSystem.IsLinux())
        {
            Signals.IsAlive(int.Parse(sandbox.Read("pid"), null)).ShouldBeFalse();
        }

        sandbox.Touch("merge.go");
        var resumed = await sandbox.FinishAsync(sandbox.Start("resume", history.Run.Id));
        resumed.ExitCode.ShouldBe(ExitCodes.Done);
        sandbox.ReadInRepository("app.txt").ShouldEndWith("four\n");
    }

    [TestCase("xterm")]
    [TestCase("dumb")]
    public async Task Terminal_that_is_closed_cancels_the_run_in_good_order(string kind)
    {
        TerminalProcess.Require();
        using var sandbox = await RunnerSandbox.CreateAsync();
        var terminal = sandbox.StartRunOnTerminal(
            kind, builder: $"echo \"$RUNMETRICS_RUN_ID $PPID\" > '{sandbox.File("ids")}'; {sandbox.Hold("builder")}");
        await Eventually.TrueAsync(() => File.Exists(sandbox.File("builder.started")));
        var ids = sandbox.Read("ids").Split(' ');
        var programId = int.Parse(ids[1], null);

        terminal.Kill();
        await Eventually.TrueAsync(() => !Signals.IsAlive(programId));
        var history = await RunnerSandbox.ReadHistoryAsync(sandbox.DatabaseFile, ids[0]);

        history.Run.Status.ShouldBe(RunStatus.Cancelled);
        history.PhaseMetrics[^1].Metadata!.Value.GetProperty("reason").GetString().ShouldBe("cancelled");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Signal_while_another_run_merges_cancels_without_an_open_phase()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        using var held = sandbox.AcquireMergeLock();
        var process = sandbox.StartRun(builder: "echo four >> app.txt");
        await process.WaitForOutputAsync(line => line.Contains("waiting to merge", StringComparison.Ordinal));

        await Signals.SendAsync("TERM", process.Id);
        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Cancelled);
        run.Phases[^1].ShouldBe("reviewer 1 approved");
        await sandbox.ShouldBeCleanAsync(run.Branch);
    }
}
