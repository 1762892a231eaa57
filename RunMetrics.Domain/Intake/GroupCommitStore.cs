using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>
/// Lets concurrent writes share a transaction. What is stated while the store is at work gathers in order and goes to it as one batch; each
/// call returns when its facts are durable and keeps its own results.
/// </summary>
public sealed class GroupCommitStore : IRunMetricsStore, IAsyncDisposable
{
    /// <summary>How many facts may wait by default.</summary>
    public const int DefaultMaxWaitingFacts = 20_000;

    private const int MaxBatchFacts = 500;

    // A thread that waits for more is cheaper than a thread for each write, and one that ends at last costs a quiet program nothing.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private readonly IRunMetricsStore _store;
    private readonly int _maxWaitingFacts;
    private readonly IImpatientStore? _impatient;
    private readonly object _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private readonly SemaphoreSlim _deleting = new(1);
    private int _waitingFacts;
    private bool _isWriting;
    private bool _hasWriter;
    private bool _isClosed;
    private TaskCompletionSource? _idle;

    /// <summary>Puts writes together in front of a store.</summary>
    /// <param name="store">Where the batches go.</param>
    /// <param name="maxWaitingFacts">How many facts may wait before a call is refused, at least 1; a call that finds none waiting never is.</param>
    /// <param name="sparesCallers">
    /// True if a store that is stuck must hold up no thread but one of this class. False, as by default, lets a call that finds an
    /// <see cref="IImpatientStore"/> at rest write on its own thread, which saves the way to another and costs the caller little if it fails.
    /// </param>
    public GroupCommitStore(IRunMetricsStore store, int maxWaitingFacts = DefaultMaxWaitingFacts, bool sparesCallers = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWaitingFacts, 1);
        _store = store;
        _maxWaitingFacts = maxWaitingFacts;
        _impatient = sparesCallers ? null : store as IImpatientStore;
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">Too many facts wait already, or this object is disposed; nothing of the call is stored.</exception>
    public Task<IReadOnlyList<FactResult>> WriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var entry = new Entry(facts);
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new StoreUnavailableException("The store is shutting down.");
            }

            if (_waiting.Count > 0 && _waitingFacts + facts.Count > _maxWaitingFacts)
            {
                throw new StoreUnavailableException($"{_waitingFacts} facts wait to be written already; at most {_maxWaitingFacts} may.");
            }

            if (_impatient is null || _isWriting || _waiting.Count > 0)
            {
                Enqueue(entry);
                return entry.Written.Task.WaitAsync(cancellationToken);
            }

            _isWriting = true;
        }

        var isWritten = TryWriteNow(_impatient, entry);
        lock (_gate)
        {
            if (!isWritten)
            {
                Enqueue(entry);
            }

            FinishWriting();
        }

        return entry.Written.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken) => _store.FindRunAsync(runId, cancellationToken);

    /// <inheritdoc />
    public async Task<bool> DeleteRunAsync(string runId, ProjectScope scope, CancellationToken cancellationToken)
    {
        // One at a time and on a thread of its own, for the reason that writes have one.
        await _deleting.WaitAsync(cancellationToken);
        var deletion = Task.Factory.StartNew(
            () => DeleteRun(runId, scope), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await deletion.WaitAsync(cancellationToken);
    }

    /// <summary>Ends when nothing waits or is being written.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && !_isWriting)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>Takes in nothing more and ends when all that waits is written.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }

        await FlushAsync();
    }

    /// <summary>Called under the gate.</summary>
    private void Enqueue(Entry entry)
    {
        _waiting.Enqueue(entry);
        _waitingFacts += entry.Facts.Count;
        WakeWriter();
    }

    /// <summary>Called under the gate when something waits.</summary>
    private void WakeWriter()
    {
        if (_hasWriter)
        {
            Monitor.Pulse(_gate);
            return;
        }

        // A thread of its own: SQLite waits for a lock without giving its thread back. It belongs to none of the caller's activities.
        _hasWriter = true;
        new Thread(WriteAll) { IsBackground = true, Name = "RunMetrics writer" }.UnsafeStart();
    }

    private void WriteAll()
    {
        while (TakeBatch() is { Count: > 0 } batch)
        {
            Write(batch);
            FinishWriting();
        }
    }

    /// <returns>What waits, once nobody else writes; empty when nothing came for a while or ever will.</returns>
    private List<Entry> TakeBatch()
    {
        lock (_gate)
        {
            while (_isWriting || (_waiting.Count == 0 && !_isClosed))
            {
                if (!Monitor.Wait(_gate, Linger) && !_isWriting && _waiting.Count == 0)
                {
                    break;
                }
            }

            var batch = new List<Entry>();
            var facts = 0;
            while (_waiting.TryPeek(out var next) && (batch.Count == 0 || facts + next.Facts.Count <= MaxBatchFacts))
            {
                batch.Add(_waiting.Dequeue());
                facts += next.Facts.Count;
            }

            _waitingFacts -= facts;
            _isWriting = _hasWriter = batch.Count > 0;
            return batch;
        }
    }

    private void FinishWriting()
    {
        lock (_gate)
        {
            _isWriting = false;
            if (_waiting.Count > 0)
            {
                WakeWriter();
            }
            else
            {
                _idle?.SetResult();
                _idle = null;
            }
        }
    }

    private bool DeleteRun(string runId, ProjectScope scope)
    {
        try
        {
            return _store.DeleteRunAsync(runId, scope, CancellationToken.None).GetAwaiter().GetResult();
        }
        finally
        {
            _deleting.Release();
        }
    }

    /// <returns>False when another program holds the store: then the writer shall wait for it and not the caller.</returns>
    private static bool TryWriteNow(IImpatientStore store, Entry entry)
    {
        try
        {
            if (store.TryWriteAsync(entry.Facts, CancellationToken.None).GetAwaiter().GetResult() is not { } results)
            {
                return false;
            }

            entry.Written.SetResult(results);
        }
        catch (Exception exception)
        {
            entry.Fail(exception);
        }

        return true;
    }

    private void Write(IReadOnlyList<Entry> batch)
    {
        try
        {
            var facts = batch.Count == 1 ? batch[0].Facts : [.. batch.SelectMany(entry => entry.Facts)];
            var results = _store.WriteAsync(facts, CancellationToken.None).GetAwaiter().GetResult();
            var position = 0;
            foreach (var entry in batch)
            {
                entry.Written.SetResult(batch.Count == 1 ? results : [.. results.Skip(position).Take(entry.Facts.Count)]);
                position += entry.Facts.Count;
            }
        }
        catch (Exception exception) when (batch.Count == 1 || exception is StoreUnavailableException)
        {
            foreach (var entry in batch)
            {
                entry.Fail(exception);
            }
        }
        catch (Exception)
        {
            // Nothing of the batch is stored. One of the calls may be the cause: it alone shall hear of it.
            foreach (var entry in batch)
            {
                Write([entry]);
            }
        }
    }

    private sealed class Entry(IReadOnlyList<Fact> facts)
    {
        public IReadOnlyList<Fact> Facts { get; } = facts;

        public TaskCompletionSource<IReadOnlyList<FactResult>> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(Exception exception)
        {
            Written.SetException(exception);

            // Whoever waited for it may have given up: then nobody else looks at it.
            _ = Written.Task.Exception;
        }
    }
}
