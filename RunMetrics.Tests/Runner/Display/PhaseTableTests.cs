using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Runs;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

[Parallelizable(ParallelScope.All)]
public sealed class PhaseTableTests
{
    private static readonly PhaseResult[] Phases =
    [
        Make(RunPhase.Setup, 1, PhaseOutcome.Success, 0.44, """{"baseline_exit_code":0,"baseline_tests_total":1200,"baseline_tests_passed":1200}"""),
        Make(RunPhase.Builder, 1, PhaseOutcome.Failed, null, """{"reason":"process_lost"}"""),
        Make(RunPhase.Builder, 1, PhaseOutcome.Success, 3600, """{"exit_code":0,"files_changed":123,"lines_added":12345,"lines_removed":6789}"""),
        Make(RunPhase.Test, 1, PhaseOutcome.Failed, 61.5, """{"reason":"tests_failed","exit_code":1}"""),
        Make(RunPhase.Reviewer, 12, PhaseOutcome.ChangesRequested, 0.5, null),
        Make(RunPhase.Merge, 12, outcome: null, null, null),
    ];

    [Test]
    public void Of_phases_fits_the_terminal_in_whole_words([Values(50, 75, 76, 80, 200)] int width)
    {
        var terminal = new VirtualTerminal(width);

        terminal.Console.Write(PhaseTable.Of(Phases, width));

        string[] words =
        [
            "phase", "iteration", "outcome", "seconds", "notes", "reviewer", "changes", "requested", "unknown", "open", "baseline", "passed,", "process", "lost", "total",
        ];
        words.Except(terminal.Words, StringComparer.Ordinal).ShouldBeEmpty();
        terminal.Rows.ShouldAllBe(row => row.Length <= width);
        terminal.Rows.Count(row => row.Contains("seconds", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Test]
    public void Of_phases_has_whole_seconds_one_decimal_below_one_and_the_sum()
    {
        var terminal = new VirtualTerminal(200);

        terminal.Console.Write(PhaseTable.Of(Phases, 200));

        terminal.Rows.Where(row => row.Count(character => character == '│') > 4).Select(row => row.Split('│')[4].Trim())
            .ShouldBe(["seconds", "0.4", "unknown", "3600", "62", "0.5", "unknown", "3662"]);
    }

    private static PhaseResult Make(RunPhase phase, int iteration, PhaseOutcome? outcome, double? seconds, string? metadata) => new(
        new Step(phase, iteration),
        outcome,
        seconds is { } known ? TimeSpan.FromSeconds(known) : null,
        metadata is null ? null : JsonElement.Parse(metadata));
}
