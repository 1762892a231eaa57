using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class ResumeTests
{
    [Test]
    public async Task Resume_goes_on_at_the_phase_that_was_lost_and_ends_its_orphan()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var log = sandbox.File("log");
        var (process, runId) = await StartAsync(
            sandbox,
            "test",
            builder: $"echo builder >> '{log}'; echo line >> app.txt",
            test: $"""echo "$RUNMETRICS_PHASE" >> '{log}'; if [ "$RUNMETRICS_PHASE" = test ]; then echo $$ >> '{sandbox.File("pids")}'; {sandbox.Hold("test")}; fi""");
        await process.KillAsync();
        var orphan = int.Parse(sandbox.Read("pids"), null);
        Signals.IsAlive(orphan).ShouldBeTrue();

        var resumed = sandbox.Start("resume", runId);
        await resumed.WaitForOutputAsync(line => line.Contains("test, iteration 1: started", StringComparison.Ordinal));
        Signals.IsAlive(orphan).ShouldBeFalse();
        sandbox.Touch("test.go");
        var run = await sandbox.FinishAsync(resumed);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.RunId.ShouldBe(runId);
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases.ShouldBe(["setup 1 success", "builder 1 success", "test 1 failed", "test 1 success", "reviewer 1 approved", "merge 1 success"]);
        run.History.PhaseMetrics[2].EndedAt.ShouldBeNull();
        run.History.PhaseMetrics[2].Metadata!.Value.GetProperty("reason").GetString().ShouldBe("process_lost");
        sandbox.Read("log").ShouldBe("setup\nbuilder\ntest\ntest\n");
        sandbox.ReadInRepository("app.txt").ShouldBe("one\ntwo\nthree\nline\n");
        await sandbox.ShouldBeCleanAsync();
    }

    [TestCase("setup")]
    [TestCase("builder")]
    [TestCase("reviewer")]
    public async Task Resume_works_the_lost_phase_again(string lost)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        string HoldIn(string phase, string command) => phase == lost ? $"{command}; {sandbox.Hold(phase)}" : command;
        var (process, runId) = await StartAsync(
            sandbox,
            lost,
            builder: HoldIn("builder", "echo line >> app.txt"),
            reviewer: HoldIn("reviewer", "true"),
            more: ["--setup", HoldIn("setup", "true")]);
        await process.KillAsync();
        sandbox.Touch($"{lost}.go");

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Phases.Count(phase => phase.StartsWith(lost, StringComparison.Ordinal)).ShouldBe(2);
        run.History.PhaseMetrics.Count.ShouldBe(6);
        run.History.PhaseMetrics.ShouldAllBe(metric => metric.Outcome != null);
        sandbox.ReadInRepository("app.txt").ShouldContain("line");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Resume_of_a_second_iteration_gives_the_builder_the_same_feedback()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var (process, runId) = await StartAsync(
            sandbox,
            "builder",
            builder: $"""cat "$RUNMETRICS_FEEDBACK_FILE" >> '{sandbox.File("feedback")}'; if [ $RUNMETRICS_ITERATION = 2 ]; then {sandbox.Hold("builder")}; touch ok; fi""",
            test: "test -e ok || { echo not ok; exit 1; }");
        await process.KillAsync();
        sandbox.Touch("builder.go");

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        sandbox.Read("feedback").ShouldBe("not ok\nnot ok\n");
        run.Phases[^1].ShouldBe("merge 2 success");
    }

    [Test]
    public async Task Resume_of_a_merge_that_was_published_but_not_recorded_finds_it_done()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.InstallHookAsync("post-merge", sandbox.Hold("merge"));
        var (process, runId) = await StartAsync(sandbox, "merge", builder: "echo line >> app.txt");
        await process.KillAsync();
        sandbox.Touch("merge.go");
        var published = await sandbox.GitAsync("rev-parse", "main");

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Phases[^2..].ShouldBe(["merge 1 failed", "merge 1 success"]);
        (await sandbox.GitAsync("rev-parse", "main")).ShouldBe(published);
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Resume_of_a_worktree_that_git_was_killed_while_making_makes_it_again()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var (process, runId) = await StartAsync(sandbox, "setup", more: ["--setup", sandbox.Hold("setup")]);
        await process.KillAsync();
        sandbox.Touch("setup.go");
        await sandbox.GitAsync("worktree", "lock", "--reason", "initializing", Path.Combine(sandbox.Home, "worktrees", runId));
        File.Delete(Path.Combine(sandbox.Home, "worktrees", runId, ".git"));

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Phases[..2].ShouldBe(["setup 1 failed", "setup 1 success"]);
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Resume_while_the_first_program_lives_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var (process, runId) = await StartAsync(sandbox, "builder", builder: sandbox.Hold("builder"));

        var second = sandbox.Start("resume", runId);
        var exitCode = await second.WaitForExitAsync();
        sandbox.Touch("builder.go");
        var run = await sandbox.FinishAsync(process);

        exitCode.ShouldBe(ExitCodes.BadUsage);
        second.Errors.ShouldContain("is being worked by a program that is alive");
        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.History.PhaseMetrics.Count.ShouldBe(5);
    }

    [Test]
    public async Task Resume_of_a_run_that_the_store_does_not_know_starts_again_and_merges_nothing_of_before()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var (process, runId) = await StartAsync(
            sandbox,
            "test",
            builder: $"if [ -e '{sandbox.File("test.started")}' ]; then echo new > new.txt; else echo old > old.txt; fi",
            test: $"if [ $RUNMETRICS_PHASE = test ]; then {sandbox.Hold("test")}; fi");
        await process.KillAsync();
        sandbox.Touch("test.go");
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(sandbox.DatabaseFile)!, "metrics.db*"))
        {
            File.Delete(file);
        }

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Phases.ShouldBe(["setup 1 success", "builder 1 success", "test 1 success", "reviewer 1 approved", "merge 1 success"]);
        (await sandbox.GitAsync("ls-tree", "-r", "--name-only", "main")).ShouldBe("app.txt\nnew.txt");
        var before = (await sandbox.GitAsync("branch", "--list", "--format=%(refname:short)", $"{run.Branch}-before-*"));
        run.Output.ShouldContain($"starts again from the base, and the branch {before} keeps the work from before");
        (await sandbox.GitAsync("show", $"{before}:old.txt")).ShouldBe("old");
        await sandbox.ShouldBeCleanAsync(before);
    }

    [Test]
    public async Task Resume_of_a_run_whose_lock_cannot_be_opened_says_why()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var run = await sandbox.RunAsync();
        var file = Path.Combine(sandbox.Home, "runs", run.RunId, "lock");
        File.Delete(file);
        File.CreateSymbolicLink(file, file);

        var resumed = sandbox.Start("resume", run.RunId);
        var exitCode = await resumed.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        resumed.Errors.ShouldStartWith($"The run {run.RunId} cannot be locked: ");
        resumed.Errors.ShouldContain(file);
    }

    [Test]
    public async Task Resume_of_a_run_that_has_ended_or_never_was_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var run = await sandbox.RunAsync();

        var ended = sandbox.Start("resume", run.RunId);
        var unknown = sandbox.Start("resume", "no-such-run");

        (await ended.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        ended.Errors.ShouldContain("has ended as succeeded");
        (await unknown.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        unknown.Errors.ShouldContain("no-such-run");
    }

    private static async Task<(OwnedProcess Process, string RunId)> StartAsync(
        RunnerSandbox sandbox, string until, string builder = "true", string test = "true", string reviewer = "true", string[]? more = null)
    {
        await SqliteTestDatabase.WriteEmptyAsync(sandbox.DatabaseFile);
        var process = sandbox.StartRun(builder, test, reviewer, more ?? []);
        await sandbox.WaitForFileAsync($"{until}.started");
        return (process, await RunnerSandbox.WaitForRunIdAsync(process));
    }
}
