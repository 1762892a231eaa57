using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

/// <summary>What a person sees of the real program on a real terminal.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TerminalTests
{
    [TestCase(50, 80)]
    [TestCase(80, 50)]
    [TestCase(200, 50)]
    public async Task Run_whose_server_is_away_warns_above_the_live_line_and_shows_its_table(int columns, int columnsAfter)
    {
        TerminalProcess.Require();
        using var sandbox = await RunnerSandbox.CreateAsync();
        await using var nobody = new TcpRelay();

        var run = sandbox.StartOnTerminal(
            "xterm-256color", columns,
            "run", "--repo", sandbox.Repository, "--work-order", "WO:1", "--server", nobody.Address.ToString(),
            "--builder", $"{sandbox.Hold("builder")}; stty cols {columnsAfter} </dev/tty; {sandbox.Hold("resized")}; echo more >> app.txt",
            "--test", "echo not ok >&2; test $RUNMETRICS_PHASE != test", "--reviewer", "true", "--max-iterations", "1");
        await Eventually.TrueAsync(() => File.Exists(sandbox.File("builder.started")));
        run.Screen.Resize(columnsAfter);
        sandbox.Touch("builder.go");
        await Eventually.TrueAsync(() => File.Exists(sandbox.File("resized.started")));
        await Eventually.TrueAsync(() => run.Screen.LiveRows.SingleOrDefault()?.Contains("builder, iteration 1: ", StringComparison.Ordinal) == true);
        sandbox.Touch("resized.go");
        var exitCode = await run.WaitForExitAsync();

        var rows = run.Screen.Rows;
        exitCode.ShouldBe(ExitCodes.Failed, string.Join('\n', rows));
        run.Screen.LiveRows.ShouldBeEmpty();
        run.Screen.IsCursorVisible.ShouldBeTrue();
        string[] words =
        [
            "recording", "store", "away,", "kept", "iteration", "success", "failed", "tests", "baseline", "total", "facts", "wait", "--drain", "not", "ok",
        ];
        words.Except(run.Screen.Words, StringComparer.Ordinal).ShouldBeEmpty(string.Join('\n', rows));
        rows.Count(row => row.StartsWith("test, iteration 1: failed in ", StringComparison.Ordinal)).ShouldBe(1);
        rows.Count(row => row == "  | not ok").ShouldBe(1);
        rows.Count(row => row.Contains("The store is away", StringComparison.Ordinal)).ShouldBe(1);
    }
}
