using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Statistics;

/// <summary>So many phases that agree in all that statistics ask of them.</summary>
/// <param name="Group">The value of the label by which runs are grouped; null for all other runs, and without groups.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Iteration">The iteration, all from <see cref="PhaseIterationStatistics.FirstOfTheRest"/> on being that one.</param>
/// <param name="Outcome">How they came out; null for open ones.</param>
/// <param name="DurationSeconds">What they took; null where it is not known.</param>
/// <param name="Count">How many.</param>
internal sealed record PhaseCell(string? Group, RunPhase Phase, int Iteration, PhaseOutcome? Outcome, int? DurationSeconds, long Count);

/// <summary>So many runs that agree in all that statistics ask of them.</summary>
/// <param name="Group">The value of the label by which runs are grouped; null for all other runs, and without groups.</param>
/// <param name="Status">Where they stand.</param>
/// <param name="Iterations">Their highest iteration, from 1; null where no phase counts.</param>
/// <param name="TotalSeconds">The sum of the known durations of their phases; null where there is none.</param>
/// <param name="HasVerdict">True if a reviewer has given a verdict.</param>
/// <param name="IsApprovedAtFirst">True if a phase of iteration 1 was approved.</param>
/// <param name="Count">How many.</param>
internal sealed record RunCell(
    string? Group, RunStatus Status, int? Iterations, long? TotalSeconds, bool HasVerdict, bool IsApprovedAtFirst, long Count);

/// <summary>A whole histogram, cell by cell, as a scan counts it.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Phases">Their phases.</param>
internal sealed record HistogramCells(IReadOnlyList<RunCell> Runs, IReadOnlyList<PhaseCell> Phases)
{
    /// <summary>What statistics follow from.</summary>
    public Histogram ToHistogram() => new(
        [
            .. Runs.Select(cell => new RunTally(
                cell.Status, cell.Iterations ?? PhaseMetricFact.FirstIteration, cell.HasVerdict, cell.IsApprovedAtFirst, cell.Count)),
        ],
        [.. Phases.Select(cell => new PhaseTally(cell.Phase, cell.Iteration, cell.Outcome, cell.Count))],
        Durations()
            .GroupBy(duration => duration.Key)
            .ToDictionary(durations => durations.Key, durations => Distribute(durations.Select(duration => (duration.Seconds, duration.Count)))));

    /// <summary>The same for each value of a label.</summary>
    /// <param name="values">The values that stand by themselves, in their order.</param>
    /// <returns>Those values that occur, and null if there are other runs.</returns>
    public IEnumerable<(string? Value, Histogram Histogram)> ToHistograms(IReadOnlyList<string> values)
    {
        var runs = Runs.ToLookup(cell => cell.Group, StringComparer.Ordinal);
        var phases = Phases.ToLookup(cell => cell.Group, StringComparer.Ordinal);
        return values
            .Append(null)
            .Where(value => runs.Contains(value))
            .Select(value => (value, new HistogramCells([.. runs[value]], [.. phases[value]]).ToHistogram()));
    }

    private IEnumerable<(DurationKey Key, long Seconds, long Count)> Durations()
    {
        foreach (var cell in Runs.Where(cell => cell.Status != RunStatus.Running))
        {
            yield return (new DurationKey(null, null), cell.TotalSeconds ?? 0, cell.Count);
        }

        foreach (var cell in Phases.Where(cell => cell.Outcome is not (null or PhaseOutcome.Skipped) && cell.DurationSeconds is not null))
        {
            yield return (new DurationKey(cell.Phase, null), cell.DurationSeconds!.Value, cell.Count);
            yield return (new DurationKey(cell.Phase, cell.Iteration), cell.DurationSeconds!.Value, cell.Count);
        }
    }

    private static Distribution Distribute(IEnumerable<(long Seconds, long Count)> durations)
    {
        var cells = durations.OrderBy(cell => cell.Seconds).ToList();
        return Distribution.Of(
            Moments.Of(cells),
            rank => cells.First(cell => (rank -= cell.Count) < 0).Seconds);
    }
}
