using System.Globalization;

namespace RunMetrics.Benchmarks.Generation;

/// <summary>
/// Deals the runs of a history out to projects: every other run to one, a fixed number to each of two small ones, spread over the history, and the
/// rest to others of which each next one gets less (Zipf's law).
/// </summary>
/// <param name="expectedRuns">About how many runs there will be, rather too few than too many.</param>
/// <param name="random">Where chance comes from.</param>
internal sealed class ProjectShares(int expectedRuns, Random random)
{
    /// <summary>The project that holds half of all runs.</summary>
    public const string Large = "large";

    /// <summary>The project of exactly 100 runs.</summary>
    public const string Small = "small-100";

    private const string Medium = "small-323";
    private const int OtherProjects = 40;

    private static readonly double[] OtherShares = [.. Enumerable.Range(1, OtherProjects).Select(rank => 1.0 / rank)];
    private static readonly string[] OtherNames =
        [.. Enumerable.Range(1, OtherProjects).Select(rank => string.Create(CultureInfo.InvariantCulture, $"team/project-{rank:D2}"))];

    private readonly (string Name, int Runs)[] _small = [(Small, 100), (Medium, 323)];
    private readonly int[] _dealt = [0, 0];
    private long _run;

    /// <summary>The project of the next run.</summary>
    public string Next()
    {
        var run = _run++;
        return run % 2 == 0 ? Large : FindDue(run) ?? random.Pick(OtherNames, OtherShares);
    }

    private string? FindDue(long run)
    {
        for (var i = 0; i < _small.Length; i++)
        {
            var (name, runs) = _small[i];
            if (_dealt[i] < runs && run >= (long)expectedRuns * _dealt[i] / runs)
            {
                _dealt[i]++;
                return name;
            }
        }

        return null;
    }
}
