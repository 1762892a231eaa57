using System.Numerics;

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
    /// <summary>The distribution of a histogram.</summary>
    /// <param name="histogram">How often each value occurs, in any order; a value may stand more than once.</param>
    internal static Distribution Of(IEnumerable<(long Seconds, long Count)> histogram)
    {
        var cells = histogram.Where(cell => cell.Count > 0).OrderBy(cell => cell.Seconds).ToList();
        if (cells.Count == 0)
        {
            return new Distribution(0, null, null, null, null, null, null, null);
        }

        // Sums are exact whatever they are of; only the last division rounds.
        var count = 0L;
        BigInteger sum = 0, sumOfSquares = 0;
        foreach (var (seconds, times) in cells)
        {
            count += times;
            sum += (BigInteger)seconds * times;
            sumOfSquares += (BigInteger)seconds * seconds * times;
        }

        return new Distribution(
            count,
            (double)sum / count,
            count < 2 ? null : Math.Sqrt((double)((count * sumOfSquares) - (sum * sum)) / ((double)count * (count - 1))),
            cells[0].Seconds,
            Percentile(50),
            Percentile(90),
            Percentile(95),
            cells[^1].Seconds);

        double Percentile(int percent)
        {
            var (rank, hundredths) = Math.DivRem(percent * (count - 1), 100);
            var lower = ValueAt(rank);
            return hundredths == 0 ? lower : lower + ((ValueAt(rank + 1) - lower) * hundredths / 100.0);
        }

        long ValueAt(long rank)
        {
            foreach (var (seconds, times) in cells)
            {
                if (rank < times)
                {
                    return seconds;
                }

                rank -= times;
            }

            throw new ArgumentOutOfRangeException(nameof(rank));
        }
    }
}
