using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Intake;

namespace RunMetrics.Domain.Recording;

/// <summary>
/// Facts on their way to the store, in order. One writer at a time takes all that has gathered and hands it over in one batch, so that a store
/// which is stuck holds up one thread and not the runner, and what could not be written while it was stuck is written when it is not.
/// </summary>
internal sealed class RecorderOutbox(IRunMetricsStore store, int maxWaiting)
{
    private const int MaxBatch = 200;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private Task _writer = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>Puts facts behind those that wait already.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="written">The results, once the facts are written.</param>
    /// <returns>False when too many wait already.</returns>
    public bool TryEnqueue(IReadOnlyList<Fact> facts, out Task<IReadOnlyList<FactResult>> written)
    {
        var entry = new Entry(facts);
        written = entry.Written.Task;
        lock (_gate)
        {
            if (_waiting.Count >= maxWaiting)
            {
                return false;
            }

            _waiting.Enqueue(entry);
            if (!_isWriting)
            {
                _isWriting = true;
                _writer = StartWriter();
            }
        }

        return true;
    }

    /// <summary>Ends when nothing waits any more.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            return _writer;
        }
    }

    private Task StartWriter()
    {
        // The writer outlives the call that happens to start it and belongs to none of the caller's activities.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            // A thread of its own: SQLite waits for a lock without giving its thread back.
            return Task.Factory
                .StartNew(WriteAllAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .Unwrap();
        }
    }

    private async Task WriteAllAsync()
    {
        while (TakeBatch() is { Count: > 0 } batch)
        {
            try
            {
                var results = await store.WriteAsync([.. batch.SelectMany(entry => entry.Facts)], CancellationToken.None);
                var position = 0;
                foreach (var entry in batch)
                {
                    entry.Written.SetResult([.. results.Skip(position).Take(entry.Facts.Count)]);
                    position += entry.Facts.Count;
                }
            }
            catch (Exception exception)
            {
                foreach (var entry in batch)
                {
                    entry.Written.TrySetException(exception);

                    // Whoever waited for it may have given up.
                    _ = entry.Written.Task.Exception;
                }
            }
        }
    }

    private List<Entry> TakeBatch()
    {
        lock (_gate)
        {
            var batch = new List<Entry>();
            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var entry))
            {
                batch.Add(entry);
            }

            _isWriting = batch.Count > 0;
            return batch;
        }
    }

    private sealed class Entry(IReadOnlyList<Fact> facts)
    {
        public IReadOnlyList<Fact> Facts { get; } = facts;

        public TaskCompletionSource<IReadOnlyList<FactResult>> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
