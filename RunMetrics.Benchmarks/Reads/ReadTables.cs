using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>What reading took, as tables: in this process, over HTTP, there against an earlier API, and how it grows with the history.</summary>
/// <param name="targets">The histories that were read, ascending.</param>
internal sealed class ReadTables(IReadOnlyList<ReadTarget> targets)
{
    private readonly Table _inProcess = new("in process", "metrics", "a call", "against", "a call", "ratio of times, median (range)");
    private readonly Table _overHttp = new(["over HTTP", "metrics", .. LoadNames.Select(name => $"{name}, requests/s")]);
    private readonly Table _overBaseline = new(
        ["over HTTP", "metrics", .. LoadNames.SelectMany(name => (string[])[$"{name}, earlier, requests/s", "ratio of rates, median (range)"])]);

    private readonly Table _growth = new(["ratio of times, median (range)", "in process", .. LoadNames]);

    private static IEnumerable<string> LoadNames => ReadServer.Connections.Select(HttpLoad.NameOf);

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
                    [size.Read.Name, Figures.Count(size.Metrics), .. Loads().Select(load => Rate(size.OverHttp(load)))]);
                _overBaseline.Add(
                [
                    size.Read.Name,
                    Figures.Count(size.Metrics),
                    .. Loads().SelectMany(load => (string[])
                        [Rate(size.ByBaseline(load)), Figures.Ratio(size.ByBaseline(load), size.OverHttp(load))]),
                ]);
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
        if (targets[0].Baseline is not null)
        {
            _overBaseline.Print("Reads over HTTP / the earlier API");
        }

        if (targets.Count > 1)
        {
            _growth.Print($"Reads at {Figures.Count(targets[^1].Metrics)} / at {Figures.Count(targets[0].Metrics)} metrics");
        }
    }

    private static string Rate(IReadOnlyList<double> seconds) => Figures.Rate([.. seconds.Select(time => 1 / time)]);

    private static IEnumerable<int> Loads() => Enumerable.Range(0, ReadServer.Connections.Count);
}
