using System.Collections.Concurrent;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Client;

/// <summary>A store in memory that a test takes away and gives back.</summary>
internal sealed class FakeStore : IRunMetricsStore
{
    /// <summary>What a write does before it is answered; nothing at first.</summary>
    public Func<IReadOnlyList<Fact>, Task> OnWrite { get; set; } = _ => Task.CompletedTask;

    /// <summary>What becomes of a fact.</summary>
    public Func<Fact, FactResult> Answer { get; set; } = _ => FactResult.Stored;

    /// <summary>What was written, in its order.</summary>
    public ConcurrentQueue<Fact> Written { get; } = new();

    /// <summary>The batches that were answered, in their order.</summary>
    public ConcurrentQueue<FactBatch> Batches { get; } = new();

    public bool IsAway
    {
        set => OnWrite = value ? _ => throw new StoreUnavailableException("The store is away.") : _ => Task.CompletedTask;
    }

    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        await OnWrite([.. batches.SelectMany(batch => batch.Facts)]);
        return [.. batches.Select(Write)];
    }

    private List<FactResult> Write(FactBatch batch)
    {
        Batches.Enqueue(batch);
        var facts = batch.Facts;
        var results = facts.Select(Answer).ToList();
        foreach (var (fact, _) in facts.Zip(results).Where(pair => pair.Second.Rejection is null))
        {
            Written.Enqueue(fact);
        }

        return results;
    }

    public Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => Task.FromResult<RunHistory?>(null);

    public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => Task.FromResult(false);
}
