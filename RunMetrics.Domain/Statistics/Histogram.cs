namespace RunMetrics.Domain.Statistics;

/// <summary>So many runs that agree in all that statistics ask of them but what they took.</summary>
/// <param name="Status">Where they stand.</param>
/// <param name="Iterations">Their highest iteration, from 1.</param>
/// <param name="HasVerdict">True if a reviewer has given a verdict.</param>
/// <param name="IsApprovedAtFirst">True if a phase of iteration 1 was approved.</param>
/// <param name="Count">How many.</param>
internal sealed record RunTally(RunStatus Status, int Iterations, bool HasVerdict, bool IsApprovedAtFirst, long Count);

/// <summary>So many phases that agree in all that statistics ask of them but what they took.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Iteration">The iteration, all from <see cref="PhaseIterationStatistics.FirstOfTheRest"/> on being that one.</param>
/// <param name="Outcome">How they came out; null for open ones.</param>
/// <param name="Count">How many.</param>
internal sealed record PhaseTally(RunPhase Phase, int Iteration, PhaseOutcome? Outcome, long Count);

/// <summary>Whose durations are meant.</summary>
/// <param name="Phase">The phase; null for ended runs as a whole.</param>
/// <param name="Iteration">The iteration; null for all together.</param>
internal sealed record DurationKey(RunPhase? Phase, int? Iteration);

/// <summary>What statistics follow from, wherever and however it was counted.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Phases">Their phases.</param>
/// <param name="Durations">What they took; nothing where no duration counts.</param>
internal sealed record Histogram(
    IReadOnlyList<RunTally> Runs, IReadOnlyList<PhaseTally> Phases, IReadOnlyDictionary<DurationKey, Distribution> Durations)
{
    private static readonly Distribution NoDurations = Distribution.Of(Moments.None, _ => 0);

    public RunStatistics RunStatistics()
    {
        var (succeeded, failed) = (Count(RunStatus.Succeeded), Count(RunStatus.Failed));
        return new RunStatistics(
            Runs.Sum(tally => tally.Count),
            Count(RunStatus.Running),
            succeeded,
            failed,
            Count(RunStatus.Cancelled),
            Rate(succeeded, succeeded + failed),
            DurationsOf(phase: null, iteration: null));

        long Count(RunStatus status) => Runs.Where(tally => tally.Status == status).Sum(tally => tally.Count);
    }

    public IterationStatistics IterationStatistics()
    {
        var runs = Runs
            .GroupBy(tally => tally.Iterations, tally => tally.Count)
            .Select(tallies => new RunsOfIterations(tallies.Key, tallies.Sum()))
            .OrderBy(tally => tally.Iterations)
            .ToList();
        return new IterationStatistics(
            Moments.Of(runs.Select(same => ((long)same.Iterations, same.Runs))).Mean,
            runs.Count > 0 ? runs[^1].Iterations : null,
            runs,
            Rate(Runs.Where(tally => tally.IsApprovedAtFirst).Sum(tally => tally.Count), Runs.Where(tally => tally.HasVerdict).Sum(tally => tally.Count)));
    }

    public IReadOnlyList<PhaseStatistics> PhaseStatistics() => [.. EnumNames.Of<RunPhase>().Values.Select(PhaseStatistics)];

    private PhaseStatistics PhaseStatistics(RunPhase phase)
    {
        var tallies = Phases.Where(tally => tally.Phase == phase).ToList();
        var byIteration = tallies
            .GroupBy(tally => tally.Iteration)
            .OrderBy(iteration => iteration.Key)
            .Select(iteration => new PhaseIterationStatistics(
                iteration.Key,
                iteration.Key == PhaseIterationStatistics.FirstOfTheRest,
                CountOpen(iteration),
                CountOutcomes(iteration),
                DurationsOf(phase, iteration.Key)));
        return new PhaseStatistics(phase, CountOpen(tallies), CountOutcomes(tallies), DurationsOf(phase, iteration: null), [.. byIteration]);
    }

    private Distribution DurationsOf(RunPhase? phase, int? iteration) => Durations.GetValueOrDefault(new DurationKey(phase, iteration), NoDurations);

    private static long CountOpen(IEnumerable<PhaseTally> tallies) => tallies.Where(tally => tally.Outcome is null).Sum(tally => tally.Count);

    private static OutcomeCounts CountOutcomes(IEnumerable<PhaseTally> tallies)
    {
        var counts = tallies.Where(tally => tally.Outcome is not null).ToLookup(tally => tally.Outcome!.Value, tally => tally.Count);
        return new OutcomeCounts(
            counts[PhaseOutcome.Success].Sum(),
            counts[PhaseOutcome.Failed].Sum(),
            counts[PhaseOutcome.ChangesRequested].Sum(),
            counts[PhaseOutcome.Approved].Sum(),
            counts[PhaseOutcome.Skipped].Sum());
    }

    private static double? Rate(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
