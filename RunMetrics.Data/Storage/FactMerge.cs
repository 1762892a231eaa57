using Microsoft.Data.Sqlite;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Storage;

/// <summary>
/// Merges facts into what is stored, within one transaction. Each run and phase that they speak of is read once, kept up to date while the facts
/// are applied, and written at the end.
/// </summary>
internal sealed class FactMerge(WriteConnection connection, SqliteTransaction transaction)
{
    private readonly Dictionary<string, Run?> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunPhaseMetric?> _phaseMetrics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, string>> _labels = new(StringComparer.Ordinal);
    private readonly List<Run> _newRuns = [];
    private readonly HashSet<Run> _changedRuns = [];
    private readonly List<RunLabel> _newLabels = [];
    private readonly List<RunPhaseMetric> _newPhaseMetrics = [];
    private readonly HashSet<RunPhaseMetric> _changedPhaseMetrics = [];

    /// <summary>Applies a batch.</summary>
    public IReadOnlyList<FactResult> Apply(FactBatch batch) => [.. batch.Facts.Select(fact => Apply(fact, batch))];

    /// <summary>Writes what is new and what moved forward.</summary>
    public void Save()
    {
        foreach (var run in _newRuns)
        {
            connection.Runs.Insert(run, transaction);
        }

        foreach (var run in _changedRuns.Except(_newRuns))
        {
            connection.Runs.Update(run, transaction);
        }

        foreach (var label in _newLabels)
        {
            connection.Labels.Insert(label, transaction);
        }

        foreach (var metric in _newPhaseMetrics)
        {
            connection.PhaseMetrics.Insert(metric, transaction);
        }

        foreach (var metric in _changedPhaseMetrics.Except(_newPhaseMetrics))
        {
            connection.PhaseMetrics.Update(metric, transaction);
        }
    }

    /// <summary>Adds to the results of a batch what is stored now, where that is asked for.</summary>
    public IReadOnlyList<FactResult> AddStored(FactBatch batch, IReadOnlyList<FactResult> results) =>
        batch.ReturnsStored ? [.. batch.Facts.Zip(results, AddStored)] : results;

    private FactResult AddStored(Fact fact, FactResult result) => result.Rejection is not null ? result : fact switch
    {
        RunFact => result with { Run = _runs[fact.Id!]!.ToRecord(connection.SumDurations(fact.Id!, transaction), LabelsOf(fact.Id!)) },
        _ => result with { PhaseMetric = _phaseMetrics[fact.Id!]!.ToRecord() },
    };

    private FactResult Apply(Fact fact, FactBatch batch)
    {
        switch (fact)
        {
            case RunFact run:
                var result = Apply(run, batch);
                batch.OtherRuns.Note(run, result);
                return result;

            case PhaseMetricFact phaseMetric:
                return Apply(phaseMetric, batch);

            default:
                throw new ArgumentException($"There is no row for a {fact.GetType().Name}.", nameof(fact));
        }
    }

    private FactResult Apply(RunFact fact, FactBatch batch)
    {
        if (!batch.Access.Allows(fact.ProjectId!))
        {
            return FactResult.UnknownProject(fact.ProjectId!);
        }

        if (FindRun(fact.Id!) is { } known)
        {
            return batch.Access.Allows(known.ProjectId) ? Apply(fact, batch, known) : FactResult.UnknownRun(fact.Id!);
        }

        var result = Run.Create(fact, batch.StatedAt, out var run);
        if (run is not null)
        {
            _runs[run.Id] = run;
            _newRuns.Add(run);
            _labels[run.Id] = new SortedDictionary<string, string>(StringComparer.Ordinal);
            AddLabels(fact);
        }

        return result;
    }

    private FactResult Apply(RunFact fact, FactBatch batch, Run known)
    {
        var result = Changed(known.Apply(fact, batch.StatedAt, LabelsOf(known.Id)), known, _changedRuns);
        if (result.Disposition == FactDisposition.Updated)
        {
            AddLabels(fact);
        }

        return result;
    }

    private void AddLabels(RunFact fact)
    {
        foreach (var (name, value) in fact.Labels ?? RunLabels.None)
        {
            if (_labels[fact.Id!].TryAdd(name, value))
            {
                _newLabels.Add(new RunLabel(fact.Id!, name, value));
            }
        }
    }

    private FactResult Apply(PhaseMetricFact fact, FactBatch batch)
    {
        if (FindRun(fact.RunId!) is not { } run || !batch.Access.Allows(run.ProjectId))
        {
            return FactResult.UnknownRun(fact.RunId!);
        }

        if (batch.OtherRuns.Contains(run.Id))
        {
            return FactResult.Rejected(
                FactRejectionReason.Conflict,
                new FactError("run_id", run.Id, "the id of the run stated with this phase; the recorded run of this id is another"));
        }

        if (FindPhaseMetric(fact.Id!) is { } known)
        {
            // The other run may lie where the caller has no access: nothing of its phase is told.
            return known.RunId != fact.RunId && batch.Access.ProjectIds is not null
                ? FactResult.Rejected(FactRejectionReason.Conflict, new FactError("id", fact.Id, "an id that no other run uses"))
                : Changed(known.Apply(fact), known, _changedPhaseMetrics);
        }

        var metric = new RunPhaseMetric(fact);
        _phaseMetrics[metric.Id] = metric;
        _newPhaseMetrics.Add(metric);
        if (run.SeeIteration(metric.Iteration))
        {
            _changedRuns.Add(run);
        }

        return FactResult.Created;
    }

    private static FactResult Changed<T>(FactResult result, T entity, HashSet<T> changed)
    {
        if (result.Disposition == FactDisposition.Updated)
        {
            changed.Add(entity);
        }

        return result;
    }

    private Run? FindRun(string id)
    {
        if (!_runs.TryGetValue(id, out var run))
        {
            run = connection.Runs.Find(id, transaction).SingleOrDefault();
            _runs.Add(id, run);
        }

        return run;
    }

    private SortedDictionary<string, string> LabelsOf(string runId)
    {
        if (!_labels.TryGetValue(runId, out var labels))
        {
            var stored = connection.Labels.Find(runId, transaction).ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal);
            labels = new SortedDictionary<string, string>(stored, StringComparer.Ordinal);
            _labels.Add(runId, labels);
        }

        return labels;
    }

    private RunPhaseMetric? FindPhaseMetric(string id)
    {
        if (!_phaseMetrics.TryGetValue(id, out var metric))
        {
            metric = connection.PhaseMetrics.Find(id, transaction).SingleOrDefault();
            _phaseMetrics.Add(id, metric);
        }

        return metric;
    }
}
