using System.Globalization;

namespace RunMetrics.Benchmarks.Reporting;

/// <summary>Figures as text. What was measured in rounds is told by its median, and a ratio by the range of its rounds too.</summary>
internal static class Figures
{
    /// <summary>What stands where nothing was measured.</summary>
    public const string None = "–";

    /// <summary>A number of things, with its thousands apart.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The median of rates.</summary>
    public static string Rate(IReadOnlyList<double> rates) => rates.Count > 0 ? Significant(Median(rates)) : None;

    /// <summary>The median of times, in the unit that suits it.</summary>
    /// <param name="seconds">Times in seconds.</param>
    public static string Time(params IReadOnlyList<double> seconds) => seconds.Count == 0 ? None : Median(seconds) switch
    {
        < 0.000_995 and var median => string.Create(CultureInfo.InvariantCulture, $"{median * 1_000_000:F0} µs"),
        < 0.995 and var median => string.Create(CultureInfo.InvariantCulture, $"{Significant(median * 1_000)} ms"),
        var median => string.Create(CultureInfo.InvariantCulture, $"{Significant(median)} s"),
    };

    /// <summary>The ratio of what was measured in the same round: its median and its range.</summary>
    public static string Ratio(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count == 0 || second.Count == 0)
        {
            return None;
        }

        var ratios = first.Zip(second, (one, other) => one / other).Order().ToList();
        return $"{Significant(Median(ratios))} ({Significant(ratios[0])} to {Significant(ratios[^1])})";
    }

    /// <summary>A size in megabytes of a million bytes.</summary>
    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Significant(bytes / 1e6)} MB");

    private static string Significant(double value) => value.ToString(
        value switch
        {
            < 10 => "F2",
            < 100 => "F1",
            _ => "N0",
        },
        CultureInfo.InvariantCulture);

    private static double Median(IReadOnlyList<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }
}
