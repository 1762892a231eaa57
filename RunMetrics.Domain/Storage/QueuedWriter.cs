using System.Threading.Channels;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Telemetry;

namespace RunMetrics.Domain.Storage;

/// <summary>
/// The one queue in front of a store, with one writer: what is stated while the store is at work gathers in order and goes to it together, so
/// that concurrent callers share a transaction. Each call returns when its facts are durable, with its own results.
/// </summary>
internal sealed class QueuedWriter : IAsyncDisposable
{
    /// <summary>How many facts may wait by default.</summary>
    public const int DefaultMaxWaitingFacts = 20_000;

    private const int MaxFactsAtOnce = 500;

    private readonly IRunMetricsStore _store;
    private readonly int _maxWaitingFacts;
    private readonly TimeProvider _time;
    private readonly Task _writing;

    // Bounded by the number of facts below, which a channel cannot count.
    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>(new UnboundedChannelOptions { SingleReader = true });
    private int _waitingFacts;

    /// <summary>Puts a queue in front of a store.</summary>
    /// <param name="store">Where the facts go.</param>
    /// <param name="maxWaitingFacts">How many facts may wait before a call is refused, at least 1; a call that finds none waiting never is.</param>
    /// <param name="time">The clock that commits are measured by; the system's by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWaitingFacts"/> is below 1.</exception>
    public QueuedWriter(IRunMetricsStore store, int maxWaitingFacts = DefaultMaxWaitingFacts, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWaitingFacts, 1);
        _store = store;
        _maxWaitingFacts = maxWaitingFacts;
        _time = time ?? TimeProvider.System;

        // The writer belongs to none of the activities of whoever makes the queue.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _writing = Task.Run(WriteAllAsync);
        }
    }

    /// <summary>Writes a batch behind those that wait.</summary>
    /// <param name="batch">What is stated.</param>
    /// <param name="cancellationToken">Ends the wait; the facts stay on their way.</param>
    /// <returns>One result for each fact, in their order.</returns>
    /// <exception cref="StoreUnavailableException">
    /// The store cannot write now, too many facts wait already, or the queue is disposed; nothing of the batch is stored.
    /// </exception>
    public Task<IReadOnlyList<FactResult>> WriteAsync(FactBatch batch, CancellationToken cancellationToken)
    {
        var call = new Call(batch);
        var waiting = Interlocked.Add(ref _waitingFacts, batch.Facts.Count);
        var waitedBefore = waiting - batch.Facts.Count;
        if (waitedBefore > 0 && waiting > _maxWaitingFacts)
        {
            Interlocked.Add(ref _waitingFacts, -batch.Facts.Count);
            StoreTelemetry.RefuseForFullQueue(batch.Facts.Count);
            throw new StoreUnavailableException($"{waitedBefore} facts wait to be written already; at most {_maxWaitingFacts} may.");
        }

        StoreTelemetry.Enqueue(batch.Facts.Count);
        if (!_calls.Writer.TryWrite(call))
        {
            Interlocked.Add(ref _waitingFacts, -batch.Facts.Count);
            StoreTelemetry.Dequeue(batch.Facts.Count);
            throw new StoreUnavailableException("The store is shutting down.");
        }

        return call.Written.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes in nothing more and ends when all that waits is written. Harmless when repeated. The store stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        _calls.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAllAsync()
    {
        var calls = new List<Call>();
        while (await _calls.Reader.WaitToReadAsync())
        {
            // Callers that are about to come share the commit instead of waiting for the next.
            await Task.Yield();
            var facts = 0;
            while (_calls.Reader.TryPeek(out var next) && (calls.Count == 0 || facts + next.Batch.Facts.Count <= MaxFactsAtOnce))
            {
                _calls.Reader.TryRead(out _);
                calls.Add(next);
                facts += next.Batch.Facts.Count;
            }

            Interlocked.Add(ref _waitingFacts, -facts);
            StoreTelemetry.Dequeue(facts);
            await WriteAsync(calls);
            calls.Clear();
        }
    }

    private async Task WriteAsync(IReadOnlyList<Call> calls)
    {
        try
        {
            var results = await CommitAsync([.. calls.Select(call => call.Batch)]);
            foreach (var (call, ofCall) in calls.Zip(results))
            {
                call.Written.SetResult(ofCall);
            }
        }
        catch (Exception exception) when (calls.Count == 1 || exception is StoreUnavailableException)
        {
            foreach (var call in calls)
            {
                call.Fail(exception);
            }
        }
        catch (Exception)
        {
            // Nothing is stored. One of the calls may be the cause: it alone shall hear of it.
            foreach (var call in calls)
            {
                await WriteAsync([call]);
            }
        }
    }

    private async Task<IReadOnlyList<IReadOnlyList<FactResult>>> CommitAsync(IReadOnlyList<FactBatch> batches)
    {
        var startedAt = _time.GetTimestamp();
        Exception? failure = null;
        try
        {
            return await _store.WriteAsync(batches, CancellationToken.None);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            StoreTelemetry.Commit(batches.Sum(batch => batch.Facts.Count), _time.GetElapsedTime(startedAt), failure);
        }
    }

    private sealed class Call(FactBatch batch)
    {
        public FactBatch Batch { get; } = batch;

        public TaskCompletionSource<IReadOnlyList<FactResult>> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(Exception exception)
        {
            Written.SetException(exception);

            // Whoever waited for it may have given up: then nobody else looks at it.
            _ = Written.Task.Exception;
        }
    }
}
