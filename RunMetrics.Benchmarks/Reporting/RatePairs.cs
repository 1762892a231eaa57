namespace RunMetrics.Benchmarks.Reporting;

/// <summary>What two sides made in the same rounds. The first round warms up and does not count.</summary>
internal sealed class RatePairs
{
    private readonly List<double> _first = [];
    private readonly List<double> _second = [];

    /// <summary>The rates of the first side.</summary>
    public IReadOnlyList<double> First => _first;

    /// <summary>The rates of the second side.</summary>
    public IReadOnlyList<double> Second => _second;

    /// <summary>The first by the second.</summary>
    public string Ratio => Figures.Ratio(_first, _second);

    /// <summary>Adds what both sides made in a round.</summary>
    public void Add(int round, double first, double second)
    {
        if (round > 0)
        {
            _first.Add(first);
            _second.Add(second);
        }
    }
}
