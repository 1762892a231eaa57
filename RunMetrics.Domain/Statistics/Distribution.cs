namespace RunMetrics.Domain.Statistics;

/// <summary>How values in whole seconds are distributed. Without a value everything but the count is null: no data is not zero.</summary>
/// <param name="Count">How many values there are.</param>
/// <param name="Mean">The arithmetic mean, in seconds.</param>
/// <param name="Stddev">The standard deviation of the sample, in seconds; null below two values.</param>
/// <param name="Min">The smallest value, in seconds.</param>
/// <param name="P50">The median, in seconds. Percentiles interpolate linearly between the closest ranks, as PERCENTILE_CONT of SQL does.</param>
/// <param name="P90">The 90th percentile, in seconds.</param>
/// <param name="P95">The 95th percentile, in seconds.</param>
/// <param name="Max">The largest value, in seconds.</param>
public sealed record Distribution(long Count, double? Mean, double? Stddev, long? Min, double? P50, double? P90, double? P95, long? Max)
{
    private static readonly int[] Percents = [50, 90, 95];

    /// <summary>The ranks, from 0, whose values a distribution of so many values shows or interpolates between, ascending.</summary>
    internal static IReadOnlyCollection<long> RanksOf(long count) => count == 0
        ? []
        : new SortedSet<long>(Percents.Select(percent => LowerRank(percent, count).Rank).SelectMany(rank => new[] { rank, Math.Min(rank + 1, count - 1) }))
        {
            0,
            count - 1,
        };

    /// <summary>The distribution of values that were counted somewhere.</summary>
    /// <param name="moments">What mean and deviation follow from.</param>
    /// <param name="valueAt">The value of a rank, from 0; asked for <see cref="RanksOf"/> alone.</param>
    internal static Distribution Of(Moments moments, Func<long, long> valueAt)
    {
        var count = moments.Count;
        return count == 0
            ? new Distribution(0, null, null, null, null, null, null, null)
            : new Distribution(
                count, moments.Mean, moments.Stddev, valueAt(0), Percentile(Percents[0]), Percentile(Percents[1]), Percentile(Percents[2]), valueAt(count - 1));

        double Percentile(int percent)
        {
            var (rank, hundredths) = LowerRank(percent, count);
            var lower = valueAt(rank);
            return hundredths == 0 ? lower : lower + ((valueAt(rank + 1) - lower) * hundredths / 100.0);
        }
    }

    private static (long Rank, long Hundredths) LowerRank(int percent, long count) => Math.DivRem(percent * (count - 1), 100);
}
