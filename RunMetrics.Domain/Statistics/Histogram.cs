using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

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

/// <summary>The histograms that statistics follow from: counts, whatever the number of rows.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Phases">Their phases.</param>
internal sealed record Histogram(IReadOnlyList<RunCell> Runs, IReadOnlyList<PhaseCell> Phases)
{
    public RunStatistics RunStatistics()
    {
        var (succeeded, failed) = (Count(RunStatus.Succeeded), Count(RunStatus.Failed));
        return new RunStatistics(
            Runs.Sum(cell => cell.Count),
            Count(RunStatus.Running),
            succeeded,
            failed,
            Count(RunStatus.Cancelled),
            Rate(succeeded, succeeded + failed),
            Distribution.Of(Runs.Where(cell => cell.Status != RunStatus.Running).Select(cell => (cell.TotalSeconds ?? 0, cell.Count))));

        long Count(RunStatus status) => Runs.Where(cell => cell.Status == status).Sum(cell => cell.Count);
    }

    public IterationStatistics IterationStatistics()
    {
        var runs = Runs
            .GroupBy(cell => cell.Iterations ?? PhaseMetricFact.FirstIteration, cell => cell.Count)
            .Select(cells => new RunsOfIterations(cells.Key, cells.Sum()))
            .OrderBy(cell => cell.Iterations)
            .ToList();
        return new IterationStatistics(
            Distribution.Of(runs.Select(cell => ((long)cell.Iterations, cell.Runs))).Mean,
            runs.Count > 0 ? runs[^1].Iterations : null,
            runs,
            Rate(Runs.Where(cell => cell.IsApprovedAtFirst).Sum(cell => cell.Count), Runs.Where(cell => cell.HasVerdict).Sum(cell => cell.Count)));
    }

    public IReadOnlyList<PhaseStatistics> PhaseStatistics() => [.. EnumNames.Of<RunPhase>().Values.Select(PhaseStatistics)];

    /// <summary>The same for each value of a label.</summary>
    /// <param name="label">The name of the label.</param>
    /// <param name="values">The values that stand by themselves, in their order.</param>
    public IReadOnlyList<GroupStatistics> GroupStatistics(string label, IReadOnlyList<string> values)
    {
        var runs = Runs.ToLookup(cell => cell.Group, StringComparer.Ordinal);
        var phases = Phases.ToLookup(cell => cell.Group, StringComparer.Ordinal);
        return
        [
            .. values
                .Append(null)
                .Where(value => runs.Contains(value))
                .Select(value => (Value: value, Cells: new Histogram([.. runs[value]], [.. phases[value]])))
                .Select(group => new GroupStatistics(
                    label, group.Value, group.Cells.RunStatistics(), group.Cells.IterationStatistics(), group.Cells.PhaseStatistics())),
        ];
    }

    private PhaseStatistics PhaseStatistics(RunPhase phase)
    {
        var cells = Phases.Where(cell => cell.Phase == phase).ToList();
        var byIteration = cells
            .GroupBy(cell => cell.Iteration)
            .OrderBy(iteration => iteration.Key)
            .Select(iteration => new PhaseIterationStatistics(
                iteration.Key,
                iteration.Key == PhaseIterationStatistics.FirstOfTheRest,
                CountOpen(iteration),
                CountOutcomes(iteration),
                Durations(iteration)));
        return new PhaseStatistics(phase, CountOpen(cells), CountOutcomes(cells), Durations(cells), [.. byIteration]);
    }

    private static long CountOpen(IEnumerable<PhaseCell> cells) => cells.Where(cell => cell.Outcome is null).Sum(cell => cell.Count);

    private static OutcomeCounts CountOutcomes(IEnumerable<PhaseCell> cells)
    {
        var counts = cells.Where(cell => cell.Outcome is not null).ToLookup(cell => cell.Outcome!.Value, cell => cell.Count);
        return new OutcomeCounts(
            counts[PhaseOutcome.Success].Sum(),
            counts[PhaseOutcome.Failed].Sum(),
            counts[PhaseOutcome.ChangesRequested].Sum(),
            counts[PhaseOutcome.Approved].Sum(),
            counts[PhaseOutcome.Skipped].Sum());
    }

    private static Distribution Durations(IEnumerable<PhaseCell> cells) => Distribution.Of(cells
        .Where(cell => cell.Outcome is not (null or PhaseOutcome.Skipped) && cell.DurationSeconds is not null)
        .Select(cell => ((long)cell.DurationSeconds!.Value, cell.Count)));

    private static double? Rate(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
