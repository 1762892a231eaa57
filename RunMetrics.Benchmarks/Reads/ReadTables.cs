using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>What reading took, as tables: in this process, over HTTP, and how it grows with the history.</summary>
/// <param name="targets">The histories that were read, ascending.</param>
internal sealed class ReadTables(IReadOnlyList<ReadTarget> targets)
{
    private readonly Table _inProcess = new("in process", "metrics", "a call", "against", "a call", "ratio of times, median (range)");
    private readonly Table _overHttp = new(["over HTTP", "metrics", .. LoadNames.Select(name => $"{name}, requests/s")]);
    private readonly Table _growth = new(["ratio of times, median (range)", "in process", .. LoadNames]);

    private static IEnumerable<string> LoadNames => ReadTarget.Connections.Select(HttpLoad.NameOf);

    /// <summary>Adds what a question took at each size.</summary>
    public void Add(IReadOnlyList<ReadTimes> sizes)
    {
        foreach (var size in sizes)
        {
            foreach (var (index, opponent) in size.Read.Opponents.Index())
            {
                _inProcess.Add(
                    size.Read.Name,
                    Figures.Count(size.Metrics),
                    Figures.Time(size.InProcess),
                    opponent.Name,
                    Figures.Time(size.ByOpponent(index)),
                    Figures.Ratio(size.InProcess, size.ByOpponent(index)));
            }

            if (size.Read.Paths.Count > 0)
            {
                _overHttp.Add(
                    [size.Read.Name, Figures.Count(size.Metrics), .. Loads().Select(load => Figures.Rate([.. size.OverHttp(load).Select(time => 1 / time)]))]);
            }
        }

        var (smallest, largest) = (sizes[0], sizes[^1]);
        _growth.Add(
        [
            smallest.Read.Name,
            Figures.Ratio(largest.InProcess, smallest.InProcess),
            .. Loads().Select(load => Figures.Ratio(largest.OverHttp(load), smallest.OverHttp(load))),
        ]);
    }

    /// <summary>Prints the tables.</summary>
    public void Print()
    {
        _inProcess.Print("Reads in process");
        _overHttp.Print("Reads over HTTP");
        if (targets.Count > 1)
        {
            _growth.Print($"Reads at {Figures.Count(targets[^1].Metrics)} / at {Figures.Count(targets[0].Metrics)} metrics");
        }
    }

    private static IEnumerable<int> Loads() => Enumerable.Range(0, ReadTarget.Connections.Count);
}
