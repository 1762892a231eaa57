using System.Globalization;

namespace RunMetrics.Benchmarks;

/// <summary>Prints what was measured side by side.</summary>
internal static class Report
{
    public static void Ratio(string what, string unit, IReadOnlyList<(double First, double Second)> pairs)
    {
        var ratios = pairs.Select(pair => pair.First / pair.Second).Order().ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {what,-28} {Median(pairs.Select(pair => pair.First)),9:F0} / {Median(pairs.Select(pair => pair.Second)),-9:F0} {unit}   ratio {Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2})"));
    }

    /// <returns>Calls a second.</returns>
    public static double Rate(int calls, Action call)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            call();
        }

        return calls / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <returns>Calls a second.</returns>
    public static async Task<double> RateAsync(int calls, Func<Task> call)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            await call();
        }

        return calls / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }
}
