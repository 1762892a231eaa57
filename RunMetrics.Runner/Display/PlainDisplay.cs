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
    public void PhaseEnded(PhaseResult phase, LogTail? log)
    {
        Write(DisplayText.End(phase));
        foreach (var line in DisplayText.Log(log))
        {
            Write(line);
        }
    }

    /// <inheritdoc />
    public void Note(string text) => Write(text);

    /// <inheritdoc />
    public void RunEnded(RunPlan plan, RunResult result) => Write($"run {plan.RunId} {result.Status.Name()}");

    private void Write(string line)
    {
        output.WriteLine($"[{DisplayText.Seconds(time.GetElapsedTime(_started).TotalSeconds)}] {line}");
        output.Flush();
    }
}
