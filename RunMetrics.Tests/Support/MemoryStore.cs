using System.Collections.Concurrent;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support;

/// <summary>A store in memory for tests of what stands in front of one: it takes facts in by the domain's own rules and keeps what it was asked.</summary>
internal sealed class MemoryStore : IRunMetricsStore
{
    private readonly Dictionary<string, Run> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, string>> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunPhaseMetric> _metrics = new(StringComparer.Ordinal);

    /// <summary>Every batch that was asked for, in its order.</summary>
    public ConcurrentQueue<FactBatch> Batches { get; } = new();

    /// <summary>The runs, by their ids.</summary>
    public IEnumerable<RunRecord> Runs => _runs.Values.Select(run => run.ToRecord(totalSeconds: 0, _labels[run.Id])).OrderBy(run => run.Id, StringComparer.Ordinal);

    public Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        return Task.FromResult<IReadOnlyList<IReadOnlyList<FactResult>>>([.. batches.Select(WriteBatch)]);

        IReadOnlyList<FactResult> WriteBatch(FactBatch batch)
        {
            Batches.Enqueue(batch);
            return [.. batch.Facts.Select(fact => fact is RunFact run ? Write(run, batch.StatedAt) : Write((PhaseMetricFact)fact))];
        }
    }

    public Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => Task.FromResult(
        _runs.TryGetValue(runId, out var run)
            ? new RunHistory(run.ToRecord(totalSeconds: 0, _labels[run.Id]), [.. _metrics.Values.Where(metric => metric.RunId == runId).Select(metric => metric.ToRecord())])
            : null);

    public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => Task.FromResult(_runs.Remove(runId));

    private FactResult Write(RunFact fact, DateTimeOffset statedAt)
    {
        if (_runs.TryGetValue(fact.Id!, out var known))
        {
            var applied = known.Apply(fact, statedAt, _labels[known.Id]);
            return applied.Rejection is null ? AddLabels(fact, applied) : applied;
        }

        var result = Run.Create(fact, statedAt, out var run);
        if (run is not null)
        {
            _runs.Add(run.Id, run);
            _labels.Add(run.Id, new SortedDictionary<string, string>(StringComparer.Ordinal));
            AddLabels(fact, result);
        }

        return result;
    }

    private FactResult AddLabels(RunFact fact, FactResult result)
    {
        foreach (var (name, value) in fact.Labels ?? RunLabels.None)
        {
            _labels[fact.Id!].TryAdd(name, value);
        }

        return result;
    }

    private FactResult Write(PhaseMetricFact fact)
    {
        if (!_runs.ContainsKey(fact.RunId!))
        {
            return FactResult.UnknownRun(fact.RunId!);
        }

        if (_metrics.TryGetValue(fact.Id!, out var known))
        {
            return known.Apply(fact);
        }

        _metrics.Add(fact.Id!, new RunPhaseMetric(fact));
        return FactResult.Created;
    }
}
