using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// One delivery of what waits in a spool, by the one who holds its lock: first the queue, then what waits for another token, which may be this one.
/// </summary>
internal sealed class SpoolDrain(SpoolFolder folder, BoundedStore store, TimeSpan timeout, TimeProvider time)
{
    // As many as an import takes in one request: what was answered is noted at once.
    private const int MaxBatch = 100;

    private long _delivered;
    private long _rejected;

    /// <summary>Delivers until nothing is left that the store may take, or it does not take it.</summary>
    public async Task<SpoolDrainReport> RunAsync(CancellationToken cancellationToken)
    {
        string? failure;
        try
        {
            failure = await DeliverAsync(folder.Queue, cancellationToken);
            foreach (var queue in failure is null ? folder.QueuesForOtherTokens : [])
            {
                failure ??= await DeliverAsync(queue, cancellationToken);
            }
        }
        catch (TimeoutException exception)
        {
            failure = exception.Message;
        }

        return new SpoolDrainReport(_delivered, _rejected, failure);
    }

    /// <returns>What keeps the rest from being delivered; null when it is empty, or waits for another token.</returns>
    private async Task<string?> DeliverAsync(SpoolQueue queue, CancellationToken cancellationToken)
    {
        var isForOtherTokens = queue != folder.Queue;
        var batchSize = isForOtherTokens ? 1 : MaxBatch;
        var position = queue.Position;
        SpooledFact? lastRun = null;
        while (queue.Segments is [var segment, ..])
        {
            var offset = position.OffsetIn(segment);
            var facts = await ReadAsync(segment, offset, batchSize, cancellationToken);
            if (facts.Count == 0)
            {
                await DeleteAsync(segment, offset, cancellationToken);
                continue;
            }

            IReadOnlyList<Refusal?> refusals;
            try
            {
                refusals = await WriteAsync(facts, lastRun, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                if (facts.Count > 1)
                {
                    // Perhaps it is only one of them that the store fails on.
                    batchSize = 1;
                    continue;
                }

                // An argument that the store calls wrong will never be right.
                if (exception is not ArgumentException && !await FailsOnThisAloneAsync(queue, segment, facts[0], lastRun, cancellationToken))
                {
                    return exception.Message;
                }

                refusals = [new Refusal(exception.Message, Scope: null)];
            }

            // What waits for another token still does: the rest of it is of the same project or run.
            var answered = facts.Zip(refusals).TakeWhile(pair => !BelongsTo(queue, pair.Second)).ToList();
            if (answered.Count > 0)
            {
                position = Note(answered, queue, segment);
                lastRun = answered.LastOrDefault(pair => pair.First.Fact is RunFact).First ?? lastRun;
                batchSize = Math.Min(batchSize * 2, MaxBatch);
            }

            if (answered.Count < facts.Count)
            {
                return null;
            }
        }

        if (isForOtherTokens)
        {
            Directory.Delete(queue.Folder, recursive: true);
        }

        return null;
    }

    private bool BelongsTo(SpoolQueue queue, Refusal? refusal) =>
        refusal?.Scope is { } scope && folder.QueueForOtherTokens(scope).Folder == queue.Folder;

    /// <summary>Reads some facts from an offset on, so that a run and the phases stated with it stay together.</summary>
    private static async Task<List<SpooledFact>> ReadAsync(SpoolSegment segment, long offset, int count, CancellationToken cancellationToken)
    {
        var facts = (await segment.ReadAsync(offset, count + 1, cancellationToken)).Select(SpooledFact.Read).ToList();
        if (facts.Count == 0 || (facts.Count <= count && facts[^1].End == segment.Length))
        {
            return facts;
        }

        // What stands behind the batch was stated with the last run of it, unless it is a run itself.
        var next = facts.ElementAtOrDefault(count);
        facts = [.. facts.Take(count)];
        if (next?.Fact is not RunFact && facts.FindLastIndex(fact => fact.Fact is RunFact) is > 0 and var lastRun)
        {
            facts.RemoveRange(lastRun, facts.Count - lastRun);
        }

        return facts;
    }

    /// <summary>
    /// Notes what became of facts. In this order: a fact leaves its queue only when it is stored or stands on the disk elsewhere, and the position
    /// never lies behind the end that the segment would have after a power failure, where other facts would come to stand.
    /// </summary>
    private SpoolPosition Note(IReadOnlyList<(SpooledFact Fact, Refusal? Refusal)> answered, SpoolQueue queue, SpoolSegment segment)
    {
        var rejects = answered
            .Where(pair => pair.Refusal is { Scope: null })
            .Select(pair => new SpoolReject(pair.Fact, pair.Refusal!.Reason))
            .ToList();
        folder.Rejects.Add(rejects);
        var withheld = answered.Where(pair => pair.Refusal is { Scope: not null }).ToLookup(pair => pair.Refusal!.Scope!, pair => pair.Fact, StringComparer.Ordinal);
        foreach (var scope in withheld)
        {
            folder.QueueForOtherTokens(scope.Key).Append(scope.SelectMany(fact => fact.ToLine()).ToArray());
        }

        segment.Flush();
        var position = new SpoolPosition(segment.Number, answered[^1].Fact.End);
        queue.Position = position;

        var delivered = answered.Count(pair => pair.Refusal is null);
        _delivered += delivered;
        _rejected += rejects.Count;
        SpoolTelemetry.Delivered.Add(delivered);
        return position;
    }

    /// <summary>
    /// True when the store, which has failed on a fact, takes or refuses one behind it and then fails on the first again: it is not away, and the
    /// first would block the rest for ever. What it said of the one behind does not count, as that is delivered again in its turn.
    /// </summary>
    private async Task<bool> FailsOnThisAloneAsync(
        SpoolQueue queue, SpoolSegment segment, SpooledFact fact, SpooledFact? lastRun, CancellationToken cancellationToken)
    {
        return await FindBehindAsync() is { } next && !await FailsAsync(next) && await FailsAsync(fact);

        async Task<SpooledFact?> FindBehindAsync()
        {
            foreach (var place in queue.Segments.Where(place => place.Number >= segment.Number))
            {
                await foreach (var line in SpoolQueue.ReadAllAsync(place, place.Number == segment.Number ? fact.End : 0, cancellationToken))
                {
                    // A line that is no fact never gets to the store, and a phase must not get to it without the run it was stated with.
                    if (SpooledFact.Read(line) is { IsFact: true } behind
                        && (behind.Fact is RunFact || IsOfRun(behind, lastRun) || (lastRun is null && fact.Fact is PhaseMetricFact)))
                    {
                        return behind;
                    }
                }
            }

            return null;
        }

        async Task<bool> FailsAsync(SpooledFact one)
        {
            try
            {
                await WriteAsync([one], lastRun, cancellationToken);
                return false;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                return true;
            }
        }
    }

    /// <summary>Writes facts to the store. Phases whose run was read before are stated with it again.</summary>
    /// <returns>For each fact why it was refused, or null.</returns>
    private async Task<IReadOnlyList<Refusal?>> WriteAsync(IReadOnlyList<SpooledFact> facts, SpooledFact? lastRun, CancellationToken cancellationToken)
    {
        var written = facts.Where(fact => fact.IsFact).ToList();
        var repeatsRun = written.Count > 0 && IsOfRun(written[0], lastRun);
        if (repeatsRun)
        {
            written.Insert(0, lastRun!);
        }

        var results = new Queue<FactResult>(
            written.Count == 0 ? [] : (await store.WriteAsync(ToBatches(written), timeout, cancellationToken)).SelectMany(ofBatch => ofBatch));
        var runs = new Dictionary<string, Refusal?>(StringComparer.Ordinal);
        if (repeatsRun)
        {
            ToRefusal(lastRun!.Fact!, results.Dequeue(), runs);
        }

        return
        [
            .. facts.Select(fact => fact.IsFact
                ? ToRefusal(fact.Fact, results.Dequeue(), runs)
                : new Refusal(new FactRejection(FactRejectionReason.Invalid, fact.Errors).Message, Scope: null)),
        ];
    }

    /// <summary>Facts as they were stated: those that leave something to the time of that statement are batches of their own.</summary>
    private List<FactBatch> ToBatches(IReadOnlyList<SpooledFact> facts)
    {
        var batches = new List<FactBatch>();
        var gathered = new List<Fact>();
        DateTimeOffset? statedAt = null;
        foreach (var fact in facts)
        {
            if (fact.Fact is RunFact && fact.StatedAt != statedAt)
            {
                AddGathered();
                statedAt = fact.StatedAt;
            }

            gathered.Add(fact.Fact!);
        }

        AddGathered();
        return batches;

        void AddGathered()
        {
            if (gathered.Count > 0)
            {
                batches.Add(new FactBatch([.. gathered], ProjectAccess.All, statedAt ?? time.GetUtcNow()));
                gathered.Clear();
            }
        }
    }

    /// <summary>What became of a fact, and for which other tokens it waits if this one may not write it.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="result">What the store said.</param>
    /// <param name="runs">What the store said of the runs stated before.</param>
    private static Refusal? ToRefusal(Fact fact, FactResult result, Dictionary<string, Refusal?> runs)
    {
        var refusal = result.Rejection is { } rejection ? new Refusal(rejection.Message, FindScope(fact, rejection.Reason, runs)) : null;
        if (fact is RunFact)
        {
            runs[fact.Id!] = refusal;
        }

        return refusal;
    }

    /// <returns>The project or the run that the token may not write; null when the refusal holds for every token.</returns>
    private static string? FindScope(Fact fact, FactRejectionReason reason, Dictionary<string, Refusal?> runs) => (fact, reason) switch
    {
        (RunFact run, FactRejectionReason.UnknownProject) => $"project-{run.ProjectId}",
        (RunFact run, FactRejectionReason.UnknownRun) => $"run-{run.Id}",
        (PhaseMetricFact phase, FactRejectionReason.UnknownRun or FactRejectionReason.Conflict)
            when runs.TryGetValue(phase.RunId!, out var ofRun) => ofRun?.Scope,
        (PhaseMetricFact phase, FactRejectionReason.UnknownRun) => $"run-{phase.RunId}",
        _ => null,
    };

    private static bool IsOfRun(SpooledFact fact, SpooledFact? run) => run is not null && fact.Fact is PhaseMetricFact phase && phase.RunId == run.Fact!.Id;

    /// <summary>Deletes a segment that is delivered to its end, unless somebody has added to it meanwhile.</summary>
    /// <exception cref="TimeoutException">Somebody else has held the lock for too long.</exception>
    private async Task DeleteAsync(SpoolSegment segment, long offset, CancellationToken cancellationToken)
    {
        using var appending = await FileLock.AcquireAsync(folder.AppendLock, timeout, time, cancellationToken);
        if (segment.Length <= offset)
        {
            File.Delete(segment.Path);
        }
        else
        {
            // Nobody writes now: what has no line end is what a killed process has left.
            segment.EndFragment();
        }
    }

    /// <summary>Why a fact was not stored.</summary>
    /// <param name="Reason">What the store said.</param>
    /// <param name="Scope">The project or run that this token may not write and another may; null when the fact will never be stored.</param>
    private sealed record Refusal(string Reason, string? Scope);
}
