using RunMetrics.Runner.Runs;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>On a terminal: the phase at work with the time it has taken so far, what has been above it, and a table of all at the end.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, LiveLine line, TimeProvider time) : IRunDisplay
{
    private readonly long _started = time.GetTimestamp();
    private volatile Running? _running;

    /// <inheritdoc />
    public Task<T> WhileAsync<T>(Func<Task<T>> work) => line.WhileAsync(Describe, work);

    /// <inheritdoc />
    public void RunStarted(RunPlan plan, Step? from) => Write(DisplayText.Start(plan, from), Color.Grey);

    /// <inheritdoc />
    public void PhaseStarted(Step step)
    {
        _running = new Running(step, time.GetTimestamp());
        line.Redraw();
    }

    /// <inheritdoc />
    public void PhaseEnded(PhaseResult phase, LogTail? log)
    {
        _running = null;
        Write(DisplayText.End(phase), PhaseTable.ColorOf(phase.Outcome));
        foreach (var text in DisplayText.Log(log))
        {
            Write(text, Color.Grey);
        }
    }

    /// <inheritdoc />
    public void Note(string text) => Write(text, Color.Grey);

    /// <inheritdoc />
    public void RunEnded(RunPlan plan, RunResult result)
    {
        console.Write(PhaseTable.Of(result.Phases, console.Profile.Width));
        Write($"run {plan.RunId} {result.Status.Name()}", result.Status == RunStatus.Succeeded ? Color.Green : Color.Red);
    }

    /// <summary>What takes how long, and since when the program works where there is room for it.</summary>
    private string Describe(int columns)
    {
        var total = $", {DisplayText.Seconds(time.GetElapsedTime(_started).TotalSeconds)} in all";
        var current = _running is { } running
            ? $"{DisplayText.Name(running.Step)}: {DisplayText.Seconds(time.GetElapsedTime(running.Started).TotalSeconds)}"
            : "between phases";
        return current.Length + total.Length <= columns ? current + total : current;
    }

    private void Write(string text, Color color) => console.Write(new WrappedText(text, color));

    private sealed record Running(Step Step, long Started);
}
