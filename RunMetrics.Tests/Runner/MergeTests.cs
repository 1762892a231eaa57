using System.Globalization;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class MergeTests
{
    [Test]
    public async Task Merge_that_conflicts_fails_and_leaves_the_repository_as_it_was()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var process = sandbox.StartRun(builder: $"sed -i s/one/ours/ app.txt; {sandbox.Hold("builder")}");
        await sandbox.WaitForFileAsync("builder.started");
        await sandbox.CommitAsync("app.txt", "theirs\ntwo\nthree\n");
        var tip = await sandbox.GitAsync("rev-parse", "main");
        sandbox.Touch("builder.go");

        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        run.Status.ShouldBe(RunStatus.Failed);
        run.Phases[^1].ShouldBe("merge 1 failed");
        run.Note(RunPhase.Merge, "reason").ShouldBe("conflict");
        run.Note(RunPhase.Merge, "conflicts").ShouldBe("""["app.txt"]""");
        (await sandbox.GitAsync("rev-parse", "main")).ShouldBe(tip);
        await sandbox.ShouldBeCleanAsync(run.Branch);
    }

    [Test]
    public async Task Merge_into_a_base_that_has_moved_keeps_both()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var process = sandbox.StartRun(builder: $"echo ours > ours.txt; {sandbox.Hold("builder")}");
        await sandbox.WaitForFileAsync("builder.started");
        await sandbox.CommitAsync("theirs.txt", "theirs\n");
        sandbox.Touch("builder.go");

        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Note(RunPhase.Merge, "base_moved").ShouldBe("True");
        sandbox.ReadInRepository("ours.txt").ShouldBe("ours\n");
        sandbox.ReadInRepository("theirs.txt").ShouldBe("theirs\n");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Merge_into_a_checkout_that_has_become_dirty_fails_and_keeps_both()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var process = sandbox.StartRun(builder: $"echo ours > ours.txt; {sandbox.Hold("builder")}");
        await sandbox.WaitForFileAsync("builder.started");
        await File.AppendAllTextAsync(Path.Combine(sandbox.Repository, "app.txt"), "mine\n");
        sandbox.Touch("builder.go");

        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        run.Note(RunPhase.Merge, "reason").ShouldBe("base_dirty");
        sandbox.ReadInRepository("app.txt").ShouldEndWith("mine\n");
        (await sandbox.GitAsync("show", $"{run.Branch}:ours.txt")).ShouldBe("ours");
    }

    [Test]
    public async Task Merge_into_a_branch_that_is_checked_out_nowhere_leaves_the_files_of_the_user_alone()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.GitAsync("switch", "--quiet", "-c", "mine");
        await File.AppendAllTextAsync(Path.Combine(sandbox.Repository, "app.txt"), "not committed\n");

        var run = await sandbox.RunAsync(builder: "echo ours > ours.txt", more: ["--base", "main"]);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        (await sandbox.GitAsync("show", "main:ours.txt")).ShouldBe("ours");
        sandbox.ReadInRepository("app.txt").ShouldEndWith("not committed\n");
        File.Exists(Path.Combine(sandbox.Repository, "ours.txt")).ShouldBeFalse();
        (await sandbox.GitAsync("branch", "--show-current")).ShouldBe("mine");
    }

    [Test]
    public async Task Merge_without_a_configured_identity_has_one_of_its_own()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.GitAsync("config", "user.useConfigOnly", "true");

        var run = await sandbox.RunAsync(builder: "echo ours > ours.txt");

        run.ExitCode.ShouldBe(ExitCodes.Done);
        (await sandbox.GitAsync("log", "-1", "--format=%an <%ae>", "main")).ShouldBe("RunMetrics <runmetrics@localhost>");
    }

    [Test]
    public async Task Merge_keeps_the_commits_that_the_builder_made_and_its_removals()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            builder: "git rm -q app.txt; echo new > 'a name with ü.txt'; git add -A; git -c user.name=A -c user.email=a@b commit -q -m 'By the agent'");

        run.ExitCode.ShouldBe(ExitCodes.Done);
        (await sandbox.GitAsync("log", "-1", "--format=%s", "main")).ShouldBe("By the agent");
        (await sandbox.GitAsync("ls-tree", "-r", "-z", "--name-only", "main")).ShouldBe("a name with ü.txt\0");
    }

    [Test]
    public async Task Merge_is_published_in_a_session_of_its_own_which_the_terminal_does_not_signal()
    {
        if (!File.Exists("/proc/self/stat"))
        {
            Assert.Ignore("Only Linux shows the session of a process.");
        }

        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.InstallHookAsync("post-merge", $"cut -d ' ' -f 6 /proc/self/stat > '{sandbox.File("session")}'; {sandbox.Hold("merge")}");
        var process = sandbox.StartRun(builder: "echo four >> app.txt");
        await sandbox.WaitForFileAsync("merge.started");
        var session = (await File.ReadAllTextAsync($"/proc/{process.Id}/stat")).Split(' ')[5];
        sandbox.Touch("merge.go");

        var run = await sandbox.FinishAsync(process);

        run.ExitCode.ShouldBe(ExitCodes.Done);
        sandbox.Read("session").TrimEnd().Equals(session, StringComparison.Ordinal).ShouldBeFalse();
    }

    [Test]
    public async Task Two_runs_at_once_merge_one_after_the_other_and_the_wait_is_not_merging_time()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        using var held = sandbox.AcquireMergeLock();
        List<OwnedProcess> processes =
        [
            sandbox.StartRun(builder: "echo first > first.txt"),
            sandbox.StartRun(builder: "echo second > second.txt"),
        ];
        foreach (var process in processes)
        {
            await process.WaitForOutputAsync(line => line.Contains("waiting to merge", StringComparison.Ordinal));
        }

        var released = Instants.Normalize(TimeProvider.System.GetUtcNow());
        held.Dispose();
        var runs = new[] { await sandbox.FinishAsync(processes[0]), await sandbox.FinishAsync(processes[1]) };

        runs.ShouldAllBe(run => run.ExitCode == ExitCodes.Done && run.Phases.Length == 5);
        foreach (var run in runs)
        {
            var merge = run.Phase(RunPhase.Merge);
            merge.StartedAt.ShouldBeGreaterThanOrEqualTo(released);
            var between = merge.StartedAt - run.Phase(RunPhase.Reviewer).EndedAt!.Value;

            // Instants are cut to the millisecond and the wait is rounded to it; who came last may have waited for less than one.
            double.Parse(run.Note(RunPhase.Merge, "waited_seconds")!, CultureInfo.InvariantCulture).ShouldBeInRange(0, between.TotalSeconds + 0.002);
        }

        var merges = runs.Select(run => run.Phase(RunPhase.Merge)).OrderBy(merge => merge.StartedAt).ToList();
        merges[1].StartedAt.ShouldBeGreaterThanOrEqualTo(merges[0].EndedAt!.Value);
        runs.Count(run => run.Note(RunPhase.Merge, "base_moved") == "True").ShouldBe(1);
        sandbox.ReadInRepository("first.txt").ShouldBe("first\n");
        sandbox.ReadInRepository("second.txt").ShouldBe("second\n");
        await sandbox.ShouldBeCleanAsync();
    }
}
