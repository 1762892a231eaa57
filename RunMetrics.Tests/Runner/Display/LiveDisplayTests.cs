using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

/// <summary>What a person sees of a run on a terminal, at three widths and while it is made wider or narrower.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LiveDisplayTests
{
    private const string Warning = "The store is away, facts are kept in /srv/recorder/.local/share/runmetrics-spool/metrics.example: "
        + "https://metrics.example cannot be reached: Connection refused (metrics.example:443)";

    private static readonly RunPlan Plan = new()
    {
        RunId = "0197b2c1-7d5a-7b3e-9c1f-2a4d6e8f0a1b",
        ProjectId = "acme/shop",
        WorkOrderId = "WO-7",
        Repository = "/srv/recorder/repo/shop",
        BaseBranch = "main",
        BaseCommit = "c",
        Branch = "b",
        BuilderCommand = "true",
        TestCommand = "true",
        ReviewerCommand = "true",
        MaxIterations = 10,
        PhaseTimeout = TimeSpan.FromHours(2),
        RecordedTo = new RecordingLocation { Server = new Uri("https://metrics.example") },
    };

    private static readonly Step Builder = new(RunPhase.Builder, 12);

    [Test]
    public async Task Phase_at_work_is_one_live_line_below_what_is_done([Values(50, 80, 200)] int width)
    {
        var shown = new Shown(width);

        await shown.WhileAsync(() =>
        {
            shown.Display.RunStarted(Plan, from: null);
            shown.Display.PhaseStarted(Builder);
            for (var tenths = 0; tenths < 1234; tenths++)
            {
                shown.Pass(0.1);
                shown.Terminal.LiveRows.ShouldBe([shown.Terminal.Rows[^1]]);
            }

            shown.Terminal.Rows[^1][2..].ShouldBe(width == 50 ? "builder, iteration 12: 123.4 s" : "builder, iteration 12: 123.4 s, 123.4 s in all");
            shown.Terminal.IsCursorVisible.ShouldBeFalse();
            shown.Display.PhaseEnded(new PhaseResult(Builder, PhaseOutcome.Success, TimeSpan.FromSeconds(123.4), Metadata: null), log: null);
            shown.Terminal.Rows[^2].ShouldBe("builder, iteration 12: success in 123.4 s");
        });

        shown.Terminal.LiveRows.ShouldBeEmpty();
        shown.Terminal.IsCursorVisible.ShouldBeTrue();
        shown.ShouldHaveWholeWordsOf(DisplayText.Start(Plan, from: null));
    }

    [Test]
    public async Task Warning_stands_above_the_live_line_in_whole_words([Values(50, 80, 200)] int width)
    {
        var shown = new Shown(width);

        await shown.WhileAsync(async () =>
        {
            shown.Display.PhaseStarted(Builder);
            shown.Pass(1);
            await shown.Errors.WriteLineAsync(Warning);
            shown.Terminal.LiveRows.ShouldBe([shown.Terminal.Rows[^1]]);
            shown.Pass(1);
            shown.Terminal.LiveRows.ShouldBe([shown.Terminal.Rows[^1]]);
            shown.Terminal.Rows[0].ShouldStartWith("The store is away, facts are kept in");
        });

        shown.Terminal.LiveRows.ShouldBeEmpty();
        shown.ShouldHaveWholeWordsOf(Warning);
    }

    [Test]
    public async Task Terminal_that_becomes_narrower_or_wider_keeps_one_live_line_and_no_rest_of_an_old_one(
        [Values(50, 80, 200)] int from, [Values(30, 50, 80, 200)] int to)
    {
        var shown = new Shown(from);

        await shown.WhileAsync(async () =>
        {
            shown.Display.Note("before");
            shown.Display.PhaseStarted(Builder);
            shown.Pass(100);
            shown.Terminal.Resize(to);
            shown.Pass(0.1);
            shown.Terminal.LiveRows.ShouldBe([shown.Terminal.Rows[^1]]);
            shown.Terminal.Rows.Count.ShouldBe(2);
            await shown.Errors.WriteLineAsync(Warning);
            shown.Terminal.Resize(from);
            shown.Display.Note("after");
        });

        shown.Terminal.Rows[0].ShouldBe("before");
        shown.Terminal.Rows[^1].ShouldBe("after");
        shown.Terminal.LiveRows.ShouldBeEmpty();
        shown.Terminal.Words.Count(word => word.StartsWith("builder", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Test]
    public async Task Terminal_that_cuts_its_lines_off_keeps_what_stands_above([Values(80, 200)] int from)
    {
        var shown = new Shown(from);

        await shown.WhileAsync(() =>
        {
            shown.Display.Note("before");
            shown.Display.PhaseStarted(Builder);
            shown.Pass(100);
            shown.Terminal.Resize(50, wraps: false);
            shown.Pass(0.1);
            shown.Terminal.LiveRows.ShouldBe([shown.Terminal.Rows[^1]]);
        });

        shown.Terminal.Rows.ShouldBe(["before"]);
    }

    [Test]
    public async Task Lines_of_many_threads_stand_whole_above_the_live_line()
    {
        const int threads = 8;
        const int lines = 50;
        var shown = new Shown(80);

        await shown.WhileAsync(() => Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var line = 0; line < lines; line++)
            {
                (thread % 2 == 0 ? shown.Errors : shown.Output).WriteLine($"line {line} of {thread}");
                shown.Display.PhaseStarted(Builder);
            }
        }))));

        shown.Terminal.Rows.Order(StringComparer.Ordinal).ShouldBe((
            from thread in Enumerable.Range(0, threads)
            from line in Enumerable.Range(0, lines)
            let text = $"line {line} of {thread}"
            select text).Order(StringComparer.Ordinal));
    }

    [Test]
    public async Task Text_that_others_have_written_cannot_command_the_terminal()
    {
        var shown = new Shown(80);

        await shown.WhileAsync(async () =>
        {
            shown.Display.PhaseEnded(
                new PhaseResult(Builder, PhaseOutcome.Failed, TimeSpan.FromSeconds(1), Metadata: null),
                new LogTail("/logs/12-builder.log", ["\u001b[31mnot ok\u001b[0m", "\u001b[2Jgone?"]));
            await shown.Errors.WriteLineAsync("a \u001b[2Jwarning");
        });

        shown.Terminal.Rows.ShouldBe(
            ["builder, iteration 12: failed in 1.0 s", "  log: /logs/12-builder.log", "  | not ok", "  | gone?", "a warning"]);
    }

    [TestCase(50, "⠋ reading /srv/recorder…runmetrics.db: indexes")]
    [TestCase(80, "⠋ reading /srv/recorder/.local/share/r…trics/projects/runmetrics.db: indexes")]
    [TestCase(200, "⠋ reading /srv/recorder/.local/share/runmetrics/projects/runmetrics.db: indexes")]
    public async Task Progress_of_a_file_with_a_long_path_is_one_line(int width, string expected)
    {
        var shown = new Shown(width);

        await ProgressDisplay.WhileAsync(shown.Line, "reading /srv/recorder/.local/share/runmetrics/projects/runmetrics.db", progress =>
        {
            progress.Report("a step that takes a long time, and has a long name too, so that no terminal of fifty columns has room for it");
            progress.Report("indexes");
            shown.Terminal.Rows.ShouldBe([expected]);
            return Task.FromResult(true);
        });

        shown.Terminal.Rows.ShouldBeEmpty();
    }

    [TestCase(50, "⠋ importing ███████████░░░░░░░░░░░  50 % 0.0 s")]
    [TestCase(80, "⠋ importing ████████████████████░░░░░░░░░░░░░░░░░░░░  50 % 0.0 s")]
    public async Task Progress_of_a_transfer_is_a_bar_that_fits(int width, string expected)
    {
        var shown = new Shown(width);
        var progress = new TransferProgress(shown.Line, shown.Time);

        await progress.WhileAsync("importing", () => Task.FromResult(200.0), transferred =>
        {
            transferred(100);
            shown.Line.Redraw();
            shown.Terminal.Rows.ShouldBe([expected]);
            return Task.CompletedTask;
        });

        shown.Terminal.Rows.ShouldBeEmpty();
    }

    /// <summary>The display as the program makes it, on a terminal of the test's own.</summary>
    private sealed class Shown
    {
        public Shown(int width)
        {
            Terminal = new VirtualTerminal(width);
            Line = new LiveLine(Terminal.Console, Time);
            Display = new LiveDisplay(Terminal.Console, Line, Time);
            Output = new LiveLineWriter(Line, Terminal.Console, Terminal);
            Errors = new LiveLineWriter(Line, Terminal.Console, Terminal);
        }

        public FakeTimeProvider Time { get; } = new();

        public VirtualTerminal Terminal { get; }

        public LiveLine Line { get; }

        public LiveDisplay Display { get; }

        public TextWriter Output { get; }

        public TextWriter Errors { get; }

        public Task<bool> WhileAsync(Action work) => WhileAsync(() =>
        {
            work();
            return Task.CompletedTask;
        });

        public Task<bool> WhileAsync(Func<Task> work) => Display.WhileAsync(async () =>
        {
            await work();
            return true;
        });

        public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

        public void ShouldHaveWholeWordsOf(string text) => text.Split(' ')
            .Where(word => word.Length <= Terminal.Width)
            .Except(Terminal.Words, StringComparer.Ordinal)
            .ShouldBeEmpty();
    }
}
