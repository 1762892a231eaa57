using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.Generation;

/// <summary>A run of a generated history.</summary>
/// <param name="Run">The fact that states it.</param>
/// <param name="Iteration">The highest iteration of its phases.</param>
/// <param name="PhaseMetrics">The facts that state its phases, in the order of their start.</param>
internal sealed record GeneratedRun(RunFact Run, int Iteration, IReadOnlyList<PhaseMetricFact> PhaseMetrics)
{
    /// <summary>The run directly before its phases.</summary>
    public IEnumerable<Fact> Facts => [Run, .. PhaseMetrics];
}
