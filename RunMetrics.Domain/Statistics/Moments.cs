using System.Numerics;

namespace RunMetrics.Domain.Statistics;

/// <summary>What mean and deviation of values in whole seconds follow from. Sums are exact whatever they are of.</summary>
/// <param name="Count">How many values there are.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SumOfSquares">The sum of their squares.</param>
internal sealed record Moments(long Count, BigInteger Sum, BigInteger SumOfSquares)
{
    /// <summary>Those of no values.</summary>
    public static readonly Moments None = new(0, 0, 0);

    /// <summary>Those of values that occur so often each; a value may stand more than once.</summary>
    public static Moments Of(IEnumerable<(long Seconds, long Count)> cells)
    {
        var count = 0L;
        BigInteger sum = 0, sumOfSquares = 0;
        foreach (var (seconds, times) in cells)
        {
            count += times;
            sum += (BigInteger)seconds * times;
            sumOfSquares += (BigInteger)seconds * seconds * times;
        }

        return new Moments(count, sum, sumOfSquares);
    }

    public static Moments operator +(Moments left, Moments right) =>
        new(left.Count + right.Count, left.Sum + right.Sum, left.SumOfSquares + right.SumOfSquares);

    /// <summary>The arithmetic mean; only the division rounds. Null without a value.</summary>
    public double? Mean => Count == 0 ? null : (double)Sum / Count;

    /// <summary>The standard deviation of the sample; null below two values.</summary>
    public double? Stddev => Count < 2
        ? null
        : Math.Sqrt((double)((Count * SumOfSquares) - (Sum * Sum)) / ((double)Count * (Count - 1)));
}
