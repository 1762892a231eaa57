using NUnit.Framework;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
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
        await Signals.SendAsync("INT", int.Parse(sandbox.Read("pid"), null));
        await Signals.SendAsync("INT", process.Id);
        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Cancelled);
        run.Status.ShouldBe(RunStatus.Cancelled);
        run.Note(RunPhase.Builder, "reason").ShouldBe("cancelled");
    }

    [Test]
    public async Task Signal_while_another_has_the_turn_to_merge_cancels_without_an_open_phase()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await using var turn = new FileStream(
            Path.Combine(sandbox.Repository, ".git", "runmetrics-merge.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var process = sandbox.StartRun(builder: "echo four >> app.txt");
        await process.WaitForOutputAsync(line => line.Contains("waiting to merge", StringComparison.Ordinal));

        await Signals.SendAsync("TERM", process.Id);
        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Cancelled);
        run.Phases[^1].ShouldBe("reviewer 1 approved");
        await sandbox.ShouldBeCleanAsync(run.Branch);
    }
}
