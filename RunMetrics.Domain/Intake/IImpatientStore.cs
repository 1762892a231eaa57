using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>A store that can also give up soon when another program holds it, instead of waiting for its turn.</summary>
public interface IImpatientStore : IRunMetricsStore
{
    /// <summary>Writes as <see cref="IRunMetricsStore.WriteAsync"/> does, unless the store is held by another program for longer than a second or so.</summary>
    /// <param name="facts">Valid facts, each with an id.</param>
    /// <param name="cancellationToken">Ends the call before the transaction is committed.</param>
    /// <returns>One result for each fact, in the order of the facts; null when nothing was written because it was not this store's turn.</returns>
    Task<IReadOnlyList<FactResult>?> TryWriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken);
}
