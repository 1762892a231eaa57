using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class LoopTests
{
    [Test]
    public async Task Run_whose_tests_fail_and_whose_reviewer_asks_for_changes_merges_in_the_third_iteration()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: $"""cat "$RUNMETRICS_FEEDBACK_FILE" >> '{sandbox.File("feedback")}'; echo "line $RUNMETRICS_ITERATION" >> app.txt""",
            test: """grep -q 'line 2' app.txt || { echo 'line 2 is missing'; exit 1; }""",
            reviewer: """grep -q 'line 3' app.txt || { echo 'add line 3'; exit 1; }""",
            "--setup", "echo artefact > setup.log");

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases.ShouldBe(
        [
            "setup 1 success", "builder 1 success", "test 1 failed", "builder 2 success", "test 2 success", "reviewer 2 changes_requested",
            "builder 3 success", "test 3 success", "reviewer 3 approved", "merge 3 success",
        ]);
        sandbox.Read("feedback").ShouldBe("line 2 is missing\nadd line 3\n");
        sandbox.ReadInRepository("app.txt").ShouldBe("one\ntwo\nthree\nline 1\nline 2\nline 3\n");
        (await sandbox.GitAsync("show", "--name-only", "--format=", "HEAD")).ShouldBe("app.txt");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Run_records_exit_codes_changes_and_reasons()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: "printf 'ONE\\ntwo\\nthree\\nfour\\n' > app.txt; echo new > new.txt",
            test: "test -e new.txt || exit 3");

        run.Note(RunPhase.Setup, "exit_code").ShouldBeNull();
        run.Note(RunPhase.Setup, "baseline_exit_code").ShouldBe("3");
        run.Note(RunPhase.Builder, "exit_code").ShouldBe("0");
        run.Note(RunPhase.Builder, "files_changed").ShouldBe("2");
        run.Note(RunPhase.Builder, "lines_added").ShouldBe("3");
        run.Note(RunPhase.Builder, "lines_removed").ShouldBe("1");
        run.Note(RunPhase.Test, "exit_code").ShouldBe("0");
        run.Note(RunPhase.Reviewer, "exit_code").ShouldBe("0");
        run.Note(RunPhase.Merge, "lines_added").ShouldBe("3");
        run.Note(RunPhase.Merge, "waited_seconds").ShouldBe("0");
        run.Note(RunPhase.Merge, "commit").ShouldBe(await sandbox.GitAsync("rev-parse", "main"));
    }

    [Test]
    public async Task Commands_find_the_run_in_their_environment()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var log = sandbox.File("env");

        var run = await sandbox.RunAsync(
            builder: $"""echo "$RUNMETRICS_RUN_ID $RUNMETRICS_ITERATION $RUNMETRICS_BASE $RUNMETRICS_WORK_ORDER_ID $RUNMETRICS_PHASE" >> '{log}'; test -f "$RUNMETRICS_FEEDBACK_FILE" """,
            test: $"""test -d "$RUNMETRICS_TEST_RESULTS" && echo "$RUNMETRICS_PHASE" >> '{log}' """,
            reviewer: $"""echo "$RUNMETRICS_PHASE" >> '{log}' """);

        sandbox.Read("env").ShouldBe($"setup\n{run.RunId} 1 main WO:1 builder\ntest\nreviewer\n");
        run.ExitCode.ShouldBe(ExitCodes.Done);
    }

    [Test]
    public async Task Run_whose_builder_changes_nothing_skips_the_merge_and_succeeds()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var before = await sandbox.GitAsync("rev-parse", "main");

        var run = await sandbox.RunAsync(test: "echo made by tests > made.txt", more: ["--setup", "echo made by setup > setup.txt"]);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases[^1].ShouldBe("merge 1 skipped");
        run.Note(RunPhase.Merge, "reason").ShouldBe("nothing_changed");
        (await sandbox.GitAsync("rev-parse", "main")).ShouldBe(before);
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Run_that_uses_up_its_iterations_fails_and_keeps_the_work_on_its_branch()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(builder: "echo more >> app.txt", test: "exit 7", more: ["--max-iterations", "2"]);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        run.Status.ShouldBe(RunStatus.Failed);
        run.Phases.ShouldBe(["setup 1 success", "builder 1 success", "test 1 failed", "builder 2 success", "test 2 failed"]);
        run.Note(RunPhase.Test, "reason", 2).ShouldBe("tests_failed");
        run.Output.ShouldContain($"the branch {run.Branch} keeps the work");
        (await sandbox.GitAsync("show", $"{run.Branch}:app.txt")).ShouldBe("one\ntwo\nthree\nmore\nmore");
        await sandbox.ShouldBeCleanAsync(run.Branch);
    }

    [TestCase("setup", "setup 1 failed")]
    [TestCase("builder", "builder 1 failed")]
    [TestCase("reviewer", "reviewer 1 failed")]
    public async Task Run_whose_command_fails_ends_there(string failing, string last)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: failing == "builder" ? "exit 2" : "true",
            reviewer: failing == "reviewer" ? "exit 2" : "true",
            more: ["--setup", failing == "setup" ? "exit 2" : "true"]);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        run.Status.ShouldBe(RunStatus.Failed);
        run.Phases[^1].ShouldBe(last);
        var phase = EnumNames.Of<RunPhase>().Parse(failing);
        run.Note(phase, "exit_code").ShouldBe("2");
        run.Note(phase, "reason").ShouldBe("command_failed");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Phase_that_takes_too_long_is_ended_with_all_it_started()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: $"sh -c 'echo $$ > {sandbox.File("pid")}; exec sleep 600' & wait", more: ["--phase-timeout", "3s"]);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        run.Phases[^1].ShouldBe("builder 1 failed");
        run.Note(RunPhase.Builder, "reason").ShouldBe("timeout");
        run.Note(RunPhase.Builder, "timeout_seconds").ShouldBe("3");
        run.Phase(RunPhase.Builder).DurationSeconds!.Value.ShouldBeGreaterThanOrEqualTo(3);
        Signals.IsAlive(int.Parse(sandbox.Read("pid"), null)).ShouldBeFalse();
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Tests_that_take_too_long_are_failing_tests()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: "touch slow; test $RUNMETRICS_ITERATION = 1 || { grep 'was ended after 3 s' \"$RUNMETRICS_FEEDBACK_FILE\" && rm slow; }",
            test: "test ! -e slow || sleep 600",
            more: ["--phase-timeout", "3s"]);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Phases[2].ShouldBe("test 1 failed");
        run.Note(RunPhase.Test, "reason").ShouldBe("timeout");
    }

    [Test]
    public async Task Tests_that_write_a_report_are_counted_and_it_is_not_merged()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        const string Report = "<testsuite><testcase/><testcase><failure/></testcase><testcase><skipped/></testcase></testsuite>";

        var run = await sandbox.RunAsync(builder: "echo four >> app.txt", test: $"mkdir -p out; echo '{Report}' > out/junit.xml");

        run.Note(RunPhase.Test, "tests_total").ShouldBe("3");
        run.Note(RunPhase.Test, "tests_passed").ShouldBe("1");
        run.Note(RunPhase.Test, "tests_failed").ShouldBe("1");
        run.Note(RunPhase.Test, "tests_skipped").ShouldBe("1");
        run.Note(RunPhase.Setup, "baseline_tests_total").ShouldBe("3");
        (await sandbox.GitAsync("ls-tree", "-r", "--name-only", "main")).ShouldBe("app.txt");
    }

    [Test]
    public async Task Process_left_in_the_background_holds_up_no_phase_and_ends_with_the_run()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        // A phase that waited for it would take longer than anybody waits for the program here.
        var run = await sandbox.RunAsync(more: ["--setup", $"setsid sleep 600 & echo $! > '{sandbox.File("pid")}'"]);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only Linux shows what a process was started with.");
        }

        Signals.IsAlive(int.Parse(sandbox.Read("pid"), null)).ShouldBeFalse();
    }
}
