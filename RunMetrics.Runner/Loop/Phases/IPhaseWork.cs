using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>What is done in a phase.</summary>
internal interface IPhaseWork
{
    /// <summary>Does it.</summary>
    /// <param name="step">The phase and iteration.</param>
    /// <param name="notes">Takes what is to be recorded beside the outcome, as soon as it is known.</param>
    /// <param name="cancellationToken">Ends the work, when the run is called off or the phase takes too long.</param>
    Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken);
}
