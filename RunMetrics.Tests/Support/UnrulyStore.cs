using System.Collections.Concurrent;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support;

/// <summary>A store that a test may let fail, or hang as a locked SQLite does: on the thread of whoever calls it.</summary>
internal sealed class UnrulyStore(IRunMetricsStore inner) : IRunMetricsStore, IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private int _readings;

    /// <summary>Every batch that was asked for, also those that failed or still hang.</summary>
    public ConcurrentQueue<IReadOnlyList<Fact>> Batches { get; } = new();

    /// <summary>What a batch fails with; null lets it through.</summary>
    public Func<IReadOnlyList<Fact>, Exception?> Failure { get; set; } = _ => null;

    /// <summary>True while somebody reads, even if nobody waits for it any more.</summary>
    public bool IsRead => Volatile.Read(ref _readings) > 0;

    public bool Hangs => !_open.IsSet;

    public void Hang() => _open.Reset();

    public void Recover() => _open.Set();

    public Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        IReadOnlyList<Fact> facts = [.. batches.SelectMany(batch => batch.Facts)];
        Batches.Enqueue(facts);
        _open.Wait(CancellationToken.None);
        return Failure(facts) is { } exception ? throw exception : inner.WriteAsync(batches, cancellationToken);
    }

    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _readings);
        try
        {
            _open.Wait(CancellationToken.None);
            return Failure([]) is { } exception ? throw exception : await inner.FindRunAsync(runId, access, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _readings);
        }
    }

    public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) =>
        inner.DeleteRunAsync(runId, access, cancellationToken);

    public void Dispose() => _open.Dispose();
}
