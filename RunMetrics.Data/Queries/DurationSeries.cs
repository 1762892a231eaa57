using System.Numerics;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Data.Queries;

/// <summary>The phases of a series, or the ended runs of a project, as they are counted, together with the changes that are not counted yet.</summary>
/// <param name="Number">The number of the series.</param>
/// <param name="Phases">The phases by their outcome; none for ended runs.</param>
/// <param name="Moments">Of the durations that count.</param>
/// <param name="Changes">The durations that came (1) or went (-1) since.</param>
internal sealed record DurationSeries(
    long Number, IReadOnlyList<PhaseTally> Phases, Moments Moments, IReadOnlyList<(long Seconds, long Change)> Changes)
{
    /// <summary>The phase; null for ended runs.</summary>
    public RunPhase? Phase => PhaseOf(Number);

    /// <summary>The iteration; null for ended runs.</summary>
    public int? Iteration => IterationOf(Number);

    /// <summary>Adds the changes to the counts.</summary>
    /// <param name="number">The number of the series.</param>
    /// <param name="count">What is counted; null for nothing.</param>
    /// <param name="changes">Outcome, duration where it counts, and 1 or -1.</param>
    public static DurationSeries Of(
        long number, PhaseCount? count, IReadOnlyList<(PhaseOutcome? Outcome, long? Seconds, long Change)> changes)
    {
        var durations = changes.Where(change => change.Seconds is not null).Select(change => (change.Seconds!.Value, change.Change)).ToList();
        return new DurationSeries(
            number,
            PhaseOf(number) is { } phase ? AddUp(phase, IterationOf(number)!.Value, count, changes) : [],
            MomentsOf(count) + Moments.Of(durations),
            durations);
    }

    /// <summary>The phase of a series; null for ended runs.</summary>
    public static RunPhase? PhaseOf(long number) =>
        SlotOf(number) == 0 ? null : (RunPhase)((SlotOf(number) - 1) / SeriesNumbers.LastIteration);

    private static int SlotOf(long number) => (int)(number % SeriesNumbers.SeriesOfAProject);

    private static int? IterationOf(long number) => SlotOf(number) == 0 ? null : ((SlotOf(number) - 1) % SeriesNumbers.LastIteration) + 1;

    private static List<PhaseTally> AddUp(
        RunPhase phase, int iteration, PhaseCount? count, IReadOnlyList<(PhaseOutcome? Outcome, long? Seconds, long Change)> changes)
    {
        (PhaseOutcome? Outcome, long Phases)[] counted = count is null
            ? []
            :
            [
                (null, count.Open),
                (PhaseOutcome.Success, count.Success),
                (PhaseOutcome.Failed, count.Failed),
                (PhaseOutcome.ChangesRequested, count.ChangesRequested),
                (PhaseOutcome.Approved, count.Approved),
                (PhaseOutcome.Skipped, count.Skipped),
            ];
        return
        [
            .. counted
                .Concat(changes.Select(change => (change.Outcome, Phases: change.Change)))
                .GroupBy(same => same.Outcome)
                .Select(same => new PhaseTally(phase, iteration, same.Key, same.Sum(one => one.Phases)))
                .Where(tally => tally.Count != 0),
        ];
    }

    private static Moments MomentsOf(PhaseCount? count) => count is null
        ? Moments.None
        : new Moments(
            count.Durations, count.TotalSeconds, count.Squares0 + ((BigInteger)count.Squares32 << 32) + ((BigInteger)count.Squares62 << 62));
}
