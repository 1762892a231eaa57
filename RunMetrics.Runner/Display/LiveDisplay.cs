using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Runs;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>On a terminal: the phase at work with the time it has taken so far, what has been above it, and a table of all at the end.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, TimeProvider time) : IRunDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly long _started = time.GetTimestamp();
    private volatile Running? _running;
    private volatile StatusContext? _context;

    /// <inheritdoc />
    public async Task<T> WhileAsync<T>(Func<Task<T>> work)
    {
        // The status line hides the cursor, and a program whose end is forced has no other time to show it again.
        void OnForcedExit(object? sender, EventArgs args) => console.Cursor.Show();
        AppDomain.CurrentDomain.ProcessExit += OnForcedExit;
        try
        {
            return await console.Status().StartAsync("starting", context => WhileAsync(context, work));
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= OnForcedExit;
        }
    }

    /// <inheritdoc />
    public void RunStarted(RunPlan plan, Step? from) => Write(DisplayText.Start(plan, from), "grey");

    /// <inheritdoc />
    public void PhaseStarted(Step step)
    {
        _running = new Running(step, time.GetTimestamp());
        ShowStatus();
    }

    /// <inheritdoc />
    public void PhaseEnded(PhaseResult phase, LogTail? log)
    {
        _running = null;
        ShowStatus();
        Write(DisplayText.End(phase), PhaseTable.ColorOf(phase.Outcome));
        foreach (var line in DisplayText.Log(log))
        {
            Write(line, "grey");
        }
    }

    /// <inheritdoc />
    public void Note(string text) => Write(text, "grey");

    /// <inheritdoc />
    public void RunEnded(RunPlan plan, RunResult result)
    {
        console.Write(PhaseTable.Of(result.Phases, console.Profile.Width));
        Write($"run {plan.RunId} {result.Status.Name()}", result.Status == RunStatus.Succeeded ? "green" : "red");
    }

    private async Task<T> WhileAsync<T>(StatusContext context, Func<Task<T>> work)
    {
        _context = context;
        using var end = new CancellationTokenSource();
        var ticking = TickAsync(end.Token);
        try
        {
            return await work();
        }
        finally
        {
            await end.CancelAsync();
            await ticking;
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                ShowStatus();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // What was worked on is done.
        }
    }

    private void ShowStatus() => _context?.Status(Markup.Escape(Describe()));

    private string Describe()
    {
        var total = DisplayText.Seconds(time.GetElapsedTime(_started).TotalSeconds);
        return _running is { } running
            ? $"{DisplayText.Name(running.Step)}: {DisplayText.Seconds(time.GetElapsedTime(running.Started).TotalSeconds)}, {total} in all"
            : $"between phases, {total} in all";
    }

    private void Write(string text, string color) => console.Write(new Text($"{text}\n", Style.Parse(color)));

    private sealed record Running(Step Step, long Started);
}
