using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>
/// The one write port. Facts that reach it are valid on their own; whether they are new, known or contradict what is settled, the store says,
/// by the rules of <see cref="Runs.Run"/> and <see cref="Phases.RunPhaseMetric"/>.
/// </summary>
public interface IRunMetricsStore
{
    /// <summary>
    /// Writes facts in their order, in one transaction. A rejected fact does not keep the others from being stored. When the call returns,
    /// what was not rejected is durable; when it throws, nothing of the batch is stored.
    /// </summary>
    /// <param name="facts">Valid facts, each with an id.</param>
    /// <param name="cancellationToken">Ends the call before the transaction is committed.</param>
    /// <returns>One result for each fact, in the order of the facts.</returns>
    Task<IReadOnlyList<FactResult>> WriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken);

    /// <summary>Reads back what is recorded of a run, so that it can be resumed.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run.</returns>
    Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Deletes a run and its phase metrics.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="scope">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call before the deletion is committed.</param>
    /// <returns>False when there is no such run in the scope.</returns>
    Task<bool> DeleteRunAsync(string runId, ProjectScope scope, CancellationToken cancellationToken);
}
