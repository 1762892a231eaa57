using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed partial class OutputTests
{
    [Test]
    public async Task Run_into_a_pipe_prints_a_plain_line_for_each_transition_and_names_the_database()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(builder: "echo four >> app.txt");

        var lines = run.Output.Split('\n');
        lines[0].ShouldBe($"recording into {sandbox.DatabaseFile}");
        lines.Skip(1).ShouldAllBe(line => Elapsed().IsMatch(line));
        lines.Skip(2).Select(line => Elapsed().Replace(line, "").Split(" in ")[0]).ShouldBe(
        [
            "setup, iteration 1: started", "setup, iteration 1: success",
            "builder, iteration 1: started", "builder, iteration 1: success",
            "test, iteration 1: started", "test, iteration 1: success",
            "reviewer, iteration 1: started", "reviewer, iteration 1: approved",
            "merge, iteration 1: started", "merge, iteration 1: success",
            $"run {run.RunId} succeeded",
        ]);
    }

    [Test]
    public async Task Run_with_json_prints_the_recorded_facts_alone_on_standard_output()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(builder: "echo four >> app.txt", more: ["--json"]);

        var facts = run.Output.Split('\n').Select(line => FactReader.ReadLine(Encoding.UTF8.GetBytes(line))).ToList();
        facts.ShouldAllBe(reading => reading.Errors.Count == 0);
        facts[0].Fact.ShouldBeOfType<RunFact>().Status.ShouldBe("succeeded");
        facts.Skip(1).Select(reading => reading.Fact.ShouldBeOfType<PhaseMetricFact>().Phase).ShouldBe(EnumNames.Of<RunPhase>().Names);
        run.Errors.ShouldContain("merge, iteration 1: success");
    }

    [Test]
    public async Task Run_whose_tests_fail_prints_the_path_of_their_log_and_its_last_lines()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(
            test: "seq 20; printf '\\033[31mnot ok\\033[0m: 10 %%\\r100 %%\\n'; test $RUNMETRICS_PHASE != test", more: ["--max-iterations", "1"]);

        run.ExitCode.ShouldBe(ExitCodes.Failed);
        var lines = run.Output.Split('\n').Select(line => Elapsed().Replace(line, "")).ToList();
        var log = Path.Combine(sandbox.Home, "runs", run.RunId, "logs", "1-test.log");
        lines.SkipWhile(line => !line.StartsWith("test, iteration 1: failed", StringComparison.Ordinal)).Skip(1)
            .ShouldBe([$"  log: {log}", .. Enumerable.Range(12, 9).Select(number => $"  | {number}"), "  | 100 %", $"run {run.RunId} failed"]);
    }

    [Test]
    public async Task Run_with_labels_records_them()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = await sandbox.RunAsync(more: ["--label", "model=opus", "--label", "note=a=b c"]);

        run.History.Run.Labels.ShouldNotBeNull().Select(label => $"{label.Key}: {label.Value}").ShouldBe(["model: opus", "note: a=b c"]);
    }

    [TestCase("model", "--label: 'model' is no label; accepted: NAME=VALUE, such as model=opus.")]
    [TestCase("=opus", "--label: labels is ''; accepted: names of 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("model=", "--label: labels.model is ''; accepted: 1 to 128 characters of valid Unicode without NUL.")]
    public async Task Run_with_a_label_that_is_none_is_refused(string label, string message)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var run = sandbox.StartRun(more: ["--label", label]);

        (await run.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        run.Errors.ShouldContain(message);
    }

    [Test]
    public async Task Recorded_phases_agree_with_the_log_that_their_own_commands_keep()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        string Log(string phase) => $"date +'{phase} %s.%N' >> '{sandbox.File("times")}'";
        string Timed(string phase, string seconds) => $"{Log(phase)}; sleep {seconds}; {Log(phase)}";

        var run = await sandbox.RunAsync(
            builder: Timed("builder", "1.2"),
            test: $"if [ $RUNMETRICS_PHASE = test ]; then {Timed("test", "0.1")}; else {Log("setup")}; fi",
            reviewer: Timed("reviewer", "0.1"),
            more: ["--setup", Log("setup")]);

        var logged = sandbox.Read("times").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .GroupBy(fields => fields[0], fields => double.Parse(fields[1], CultureInfo.InvariantCulture), StringComparer.Ordinal)
            .Select(times => (Phase: EnumNames.Of<RunPhase>().Parse(times.Key), Start: times.Min(), End: times.Max()))
            .ToList();
        logged.Select(phase => phase.Phase).ShouldBe([RunPhase.Setup, RunPhase.Builder, RunPhase.Test, RunPhase.Reviewer]);

        // What is around a command belongs to its phase, and nothing of the phases before and after. Instants are cut to the millisecond.
        var earliest = double.MinValue;
        foreach (var (phase, start, end) in logged)
        {
            var metric = run.Phase(phase);
            var startedAt = metric.StartedAt.ToUnixTimeMilliseconds() / 1000.0;
            var endedAt = metric.EndedAt!.Value.ToUnixTimeMilliseconds() / 1000.0;
            startedAt.ShouldBeInRange(earliest - 0.002, start);
            endedAt.ShouldBeGreaterThanOrEqualTo(end - 0.002);
            ((double)metric.DurationSeconds!.Value).ShouldBe(endedAt - startedAt, tolerance: 0.502);
            earliest = Math.Max(end, endedAt);
        }
    }

    [Test]
    public async Task Demo_fails_its_tests_is_sent_back_once_and_merges_into_the_default_database()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var demo = sandbox.Start("demo");
        var exitCode = await demo.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.Done);
        var file = Path.Combine(sandbox.File("data"), "runmetrics.db");
        demo.Output.ShouldStartWith($"recording into {file}");
        demo.Output.ShouldContain("test, iteration 1: failed");
        demo.Output.ShouldContain("reviewer, iteration 2: changes_requested");
        demo.Output.ShouldContain("reviewer, iteration 3: approved");
        demo.Output.ShouldContain("merge, iteration 3: success");
        demo.Output.ShouldContain("│ merge    │");
        demo.Output.ShouldContain("\"total_runs\": 1");
        demo.Output.ShouldContain($"dotnet run --project RunMetrics.Api -- --database '{file}'");
        Directory.GetDirectories(Path.GetDirectoryName(sandbox.Repository)!, "runmetrics-demo-*").ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\[[0-9]+\.[0-9] s\] ", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Elapsed();
}
