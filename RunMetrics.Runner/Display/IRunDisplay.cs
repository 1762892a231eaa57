using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Display;

/// <summary>Shows how a run goes.</summary>
internal interface IRunDisplay
{
    /// <summary>Shows progress while something is worked on.</summary>
    Task<T> WhileAsync<T>(Func<Task<T>> work);

    /// <summary>A run starts, or goes on.</summary>
    /// <param name="plan">What it is to do.</param>
    /// <param name="from">Where a run that is resumed goes on; null for a new one.</param>
    void RunStarted(RunPlan plan, Step? from);

    /// <summary>A phase starts.</summary>
    void PhaseStarted(Step step);

    /// <summary>A phase has ended.</summary>
    /// <param name="phase">How it came out.</param>
    /// <param name="log">The output of the command that failed; null where none did.</param>
    void PhaseEnded(PhaseResult phase, LogTail? log);

    /// <summary>Something else worth knowing.</summary>
    void Note(string text);

    /// <summary>A run has ended.</summary>
    /// <param name="plan">What it was to do.</param>
    /// <param name="result">How it ended.</param>
    void RunEnded(RunPlan plan, RunResult result);
}
