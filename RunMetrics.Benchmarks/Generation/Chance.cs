namespace RunMetrics.Benchmarks.Generation;

/// <summary>The distributions of which histories are made.</summary>
internal static class Chance
{
    /// <summary>True with a probability.</summary>
    public static bool Hits(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>One of several values, each as often as its share says; the shares need no certain sum.</summary>
    public static T Pick<T>(this Random random, IReadOnlyList<T> values, IReadOnlyList<double> shares)
    {
        var rest = random.NextDouble() * shares.Sum();
        for (var i = 0; i < values.Count - 1; i++)
        {
            rest -= shares[i];
            if (rest < 0)
            {
                return values[i];
            }
        }

        return values[^1];
    }

    /// <summary>A time from an exponential distribution: how long until the next of many events that know nothing of each other.</summary>
    public static TimeSpan Exponential(this Random random, TimeSpan mean) => mean * -Math.Log(1 - random.NextDouble());

    /// <summary>A time from a log-normal distribution.</summary>
    public static TimeSpan LogNormal(this Random random, TimeSpan median, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return median * Math.Exp(sigma * normal);
    }
}
