using System.Text.Json;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Display;

/// <summary>A line for each transition, for a file, a pipe or another program.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider time) : IRunDisplay
{
    private readonly long _started = time.GetTimestamp();

    /// <inheritdoc />
    public Task<T> WhileAsync<T>(Func<Task<T>> work) => work();

    /// <inheritdoc />
    public void RunStarted(RunPlan plan, Step? from) => Write(DisplayText.Start(plan, from));

    /// <inheritdoc />
    public void PhaseStarted(Step step) => Write($"{DisplayText.Name(step)}: started");

    /// <inheritdoc />
    public void PhaseEnded(Step step, PhaseOutcome outcome, TimeSpan elapsed, PhaseNotes notes) =>
        Write(DisplayText.End(step, outcome, elapsed, JsonSerializer.SerializeToElement(notes.Members)));

    /// <inheritdoc />
    public void Note(string text) => Write(text);

    /// <inheritdoc />
    public void RunEnded(RunPlan plan, RunStatus status, RunHistory? history) => Write($"run {plan.RunId} {status.Name()}");

    private void Write(string line)
    {
        output.WriteLine($"[{DisplayText.Seconds(time.GetElapsedTime(_started).TotalSeconds)}] {line}");
        output.Flush();
    }
}
