using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Storage;

/// <summary>
/// The one write port. Facts that reach it are valid on their own; whether they are new, known or contradict what is settled, the store says,
/// by the rules of <see cref="Run"/> and <see cref="RunPhaseMetric"/>.
/// </summary>
public interface IRunMetricsStore
{
    /// <summary>
    /// Writes batches in their order, together. A rejected fact does not keep the others from being stored. When the call returns, what was not
    /// rejected is durable.
    /// </summary>
    /// <param name="batches">What is stated, each batch by one caller.</param>
    /// <param name="cancellationToken">Ends the call before anything is committed.</param>
    /// <returns>For each batch one result for each fact, in their order.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot write now.</exception>
    Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken);

    /// <summary>Reads back what is recorded of a run, so that it can be resumed.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken);

    /// <summary>Deletes a run and its phase metrics.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call before the deletion is committed.</param>
    /// <returns>False when there is no such run.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot write now.</exception>
    Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken);
}

/// <summary>
/// Facts that one caller states together. A run fact that contradicts the stored project, work order or start speaks of another run: the facts
/// of phases that follow it in the batch are refused with it, until another fact states the stored run.
/// </summary>
/// <param name="Facts">Valid facts, each with an id.</param>
/// <param name="Access">The projects that the caller may touch. To a caller a run outside is one that nobody recorded.</param>
/// <param name="StatedAt">The time of the call, for what a fact leaves open.</param>
public sealed record FactBatch(IReadOnlyList<Fact> Facts, ProjectAccess Access, DateTimeOffset StatedAt)
{
    /// <summary>True if the results shall carry what is stored after the batch, as far as the store can tell. False by default.</summary>
    public bool ReturnsStored { get; init; }

    /// <summary>What is known of the runs of the facts before; the batches of one import share it.</summary>
    internal OtherRuns OtherRuns { get; init; } = new();
}

/// <summary>The store cannot be used now; the same call may succeed later.</summary>
/// <param name="message">What keeps the store from its work.</param>
/// <param name="inner">What the store's own driver said.</param>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Calls with a single batch.</summary>
public static class RunMetricsStoreExtensions
{
    /// <summary>Writes one batch: see <see cref="IRunMetricsStore.WriteAsync"/>.</summary>
    /// <param name="store">The store.</param>
    /// <param name="batch">What is stated.</param>
    /// <param name="cancellationToken">Ends the call before anything is committed.</param>
    /// <returns>One result for each fact, in their order.</returns>
    public static async Task<IReadOnlyList<FactResult>> WriteAsync(this IRunMetricsStore store, FactBatch batch, CancellationToken cancellationToken) =>
        (await store.WriteAsync([batch], cancellationToken))[0];
}
