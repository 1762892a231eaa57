using NUnit.Framework;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Display;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

[Parallelizable(ParallelScope.All)]
public sealed class RunsViewTests
{
    private static readonly RunRecord Run = new(
        "01998d2c-5b1e-7c4a-9f00-3a5d7e9b1c2f", "acme/shop", "wo-7", RunStatus.Succeeded, Iteration: 1,
        new DateTimeOffset(2026, 1, 12, 10, 0, 0, TimeSpan.Zero), EndedAt: null, TotalSeconds: 42, Labels: null);

    [Test]
    public void Runs_on_a_narrow_terminal_are_lines_of_whole_words([Values(50, 80)] int width)
    {
        var terminal = new VirtualTerminal(width);

        new RunsView(terminal.Console).Show(new Page<RunRecord>([Run, Run], HasMore: false));

        string[] words = ["run", Run.Id, "succeeded", "project", "acme/shop,", "work", "order", "wo-7,", "started", "2026-01-12", "10:00:00Z,", "1", "iteration,", "42", "s"];
        terminal.Words.ShouldBe([.. words, .. words]);
        terminal.Rows.ShouldAllBe(row => row.Length <= width);
    }

    [Test]
    public void Labels_that_would_command_the_terminal_do_not()
    {
        var terminal = new VirtualTerminal(80);
        var run = Run with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["note"] = "\u001b[2Jred\nline" } };

        new RunsView(terminal.Console).Show(new RunHistory(run, []));

        terminal.Rows.ShouldContain(row => row == "  labels: note = red\uFFFDline");
    }
}
