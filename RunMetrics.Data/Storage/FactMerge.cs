using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Storage;

/// <summary>
/// Merges facts into what is stored, within one transaction. Each run and phase that they speak of was read before, is kept up to date while the facts
/// are applied, and is written at the end.
/// </summary>
internal sealed class FactMerge
{
    private readonly Dictionary<string, Run> _runs;
    private readonly Dictionary<string, RunPhaseMetric> _phaseMetrics;
    private readonly Dictionary<string, SortedDictionary<string, string>> _labels = new(StringComparer.Ordinal);
    private readonly List<Run> _newRuns = [];
    private readonly HashSet<Run> _changedRuns = [];
    private readonly List<RunLabel> _newLabels = [];
    private readonly List<RunPhaseMetric> _newPhaseMetrics = [];
    private readonly HashSet<RunPhaseMetric> _changedPhaseMetrics = [];
    private readonly List<(OtherRuns Noted, OtherRuns Now)> _otherRuns = [];

    private FactMerge(StoredRows stored)
    {
        _runs = stored.Runs.ToDictionary(run => run.Id, StringComparer.Ordinal);
        _phaseMetrics = stored.PhaseMetrics.ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        foreach (var label in stored.Labels)
        {
            LabelsOf(label.RunId).Add(label.Name, label.Value);
        }
    }

    /// <summary>Merges batches in their order.</summary>
    /// <param name="batches">What is stated.</param>
    /// <param name="transaction">The transaction; it is not committed here.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>For each batch one result for each fact, and what is to be done when the transaction is committed.</returns>
    public static async Task<(IReadOnlyList<IReadOnlyList<FactResult>> Results, Action Committed)> MergeAsync(
        IReadOnlyList<FactBatch> batches, WriteTransaction transaction, CancellationToken cancellationToken)
    {
        var merge = new FactMerge(await transaction.LoadAsync(ListWanted(batches), cancellationToken));
        var results = batches.Select(merge.Apply).ToList();
        await transaction.SaveAsync(merge.ListChanges(), cancellationToken);
        string[] asked = [.. batches.Where(batch => batch.ReturnsStored).SelectMany(batch => batch.Facts.OfType<RunFact>()).Select(fact => fact.Id!).Distinct(StringComparer.Ordinal)];
        var seconds = asked.Length > 0 ? await transaction.SumDurationsAsync(asked, cancellationToken) : NoSeconds;
        return (
            [.. batches.Zip(results, (batch, ofBatch) => batch.ReturnsStored ? merge.AddStored(batch, ofBatch, seconds) : ofBatch)],
            merge.KeepOtherRuns);
    }

    private static readonly IReadOnlyDictionary<string, long> NoSeconds = new Dictionary<string, long>(StringComparer.Ordinal);

    private static WantedRows ListWanted(IReadOnlyList<FactBatch> batches)
    {
        var runs = new HashSet<string>(StringComparer.Ordinal);
        var labelledRuns = new HashSet<string>(StringComparer.Ordinal);
        var phaseMetrics = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fact in batches.SelectMany(batch => batch.Facts))
        {
            switch (fact)
            {
                case RunFact:
                    runs.Add(fact.Id!);
                    labelledRuns.Add(fact.Id!);
                    break;

                case PhaseMetricFact phaseMetric:
                    runs.Add(phaseMetric.RunId!);
                    phaseMetrics.Add(fact.Id!);
                    break;

                default:
                    throw new ArgumentException($"There is no row for a {fact.GetType().Name}.", nameof(batches));
            }
        }

        return new WantedRows(runs, labelledRuns, phaseMetrics);
    }

    private ChangedRows ListChanges() => new(
        _newRuns, [.. _changedRuns.Except(_newRuns)], _newLabels, _newPhaseMetrics, [.. _changedPhaseMetrics.Except(_newPhaseMetrics)]);

    /// <summary>What was noted of other runs counts from now on.</summary>
    private void KeepOtherRuns() => _otherRuns.ForEach(others => others.Noted.TakeOver(others.Now));

    private IReadOnlyList<FactResult> Apply(FactBatch batch)
    {
        // Noted on a copy: a transaction that fails has told nothing, and may be tried again.
        var otherRuns = batch.OtherRuns.Copy();
        _otherRuns.Add((batch.OtherRuns, otherRuns));
        return [.. batch.Facts.Select(fact => Apply(fact, batch, otherRuns))];
    }

    private IReadOnlyList<FactResult> AddStored(FactBatch batch, IReadOnlyList<FactResult> results, IReadOnlyDictionary<string, long> seconds) =>
        [.. batch.Facts.Zip(results, (fact, result) => AddStored(fact, result, seconds))];

    private FactResult AddStored(Fact fact, FactResult result, IReadOnlyDictionary<string, long> seconds) => result.Rejection is not null ? result : fact switch
    {
        RunFact => result with { Run = _runs[fact.Id!].ToRecord(seconds[fact.Id!], LabelsOf(fact.Id!)) },
        _ => result with { PhaseMetric = _phaseMetrics[fact.Id!].ToRecord() },
    };

    private FactResult Apply(Fact fact, FactBatch batch, OtherRuns otherRuns)
    {
        if (fact is not RunFact run)
        {
            return Apply((PhaseMetricFact)fact, batch, otherRuns);
        }

        var result = Apply(run, batch);
        otherRuns.Note(run, result);
        return result;
    }

    private FactResult Apply(RunFact fact, FactBatch batch)
    {
        if (!batch.Access.Allows(fact.ProjectId!))
        {
            return FactResult.UnknownProject(fact.ProjectId!);
        }

        if (_runs.TryGetValue(fact.Id!, out var known))
        {
            return batch.Access.Allows(known.ProjectId) ? Apply(fact, batch, known) : FactResult.UnknownRun(fact.Id!);
        }

        var result = Run.Create(fact, batch.StatedAt, out var run);
        if (run is not null)
        {
            _runs[run.Id] = run;
            _newRuns.Add(run);
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
            if (LabelsOf(fact.Id!).TryAdd(name, value))
            {
                _newLabels.Add(new RunLabel(fact.Id!, name, value));
            }
        }
    }

    private FactResult Apply(PhaseMetricFact fact, FactBatch batch, OtherRuns otherRuns)
    {
        if (!_runs.TryGetValue(fact.RunId!, out var run) || !batch.Access.Allows(run.ProjectId))
        {
            return FactResult.UnknownRun(fact.RunId!);
        }

        if (otherRuns.Contains(run.Id))
        {
            return FactResult.Rejected(
                FactRejectionReason.Conflict,
                new FactError("run_id", run.Id, "the id of the run stated with this phase; the recorded run of this id is another"));
        }

        if (_phaseMetrics.TryGetValue(fact.Id!, out var known))
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

    private SortedDictionary<string, string> LabelsOf(string runId)
    {
        if (!_labels.TryGetValue(runId, out var labels))
        {
            _labels.Add(runId, labels = new SortedDictionary<string, string>(StringComparer.Ordinal));
        }

        return labels;
    }
}
