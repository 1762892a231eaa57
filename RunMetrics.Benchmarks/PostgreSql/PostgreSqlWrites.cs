using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Benchmarks.Writes;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>
/// Facts a second on top of a history: one by one over HTTP against a transaction each, and many at once against COPY, all into one database. Beside it
/// facts one by one into a SQLite file of the same history.
/// </summary>
/// <param name="metrics">How many phase metrics the history has.</param>
/// <param name="facts">Where new facts come from.</param>
internal sealed class PostgreSqlWrites(int metrics, NewFacts facts)
{
    private readonly List<(int Connections, int Requests, SideBySide Rates)> _single =
        [.. SingleFactLoad.All.Select(load => (load.Connections, load.Requests, new SideBySide(3)))];

    private readonly SideBySide _bulk = new(4);

    /// <summary>Measures one round.</summary>
    public async Task MeasureAsync(int round, PostgreSqlWriteTarget target, ApiProcess sqlite)
    {
        foreach (var (connections, requests, rates) in _single)
        {
            await rates.MeasureAsync(
                round,
                () => target.PostAsync(connections, requests, facts),
                () => target.InsertAsync(connections, requests, facts),
                () => PostgreSqlWriteTarget.PostAsync(sqlite, connections, requests, facts));
        }

        await _bulk.MeasureAsync(
            round,
            () => target.ImportAsync(facts.Take(BulkFacts.Count)),
            () => target.WriteAsync(facts.Take(BulkFacts.Count)),
            () => target.CopyAsync(facts.Take(BulkFacts.Count), BulkFacts.BatchSize),
            () => target.CopyAsync(facts.Take(BulkFacts.Count), BulkFacts.Count));
    }

    /// <summary>Prints the tables.</summary>
    public void Print()
    {
        var single = new Table(
            "POST of one phase, facts/s", "PostgreSQL", "Npgsql, a transaction each", "ratio, median (range)", "SQLite", "PostgreSQL / SQLite");
        foreach (var (connections, _, rates) in _single)
        {
            single.Add(
                HttpLoad.NameOf(connections),
                Figures.Rate(rates[0]),
                Figures.Rate(rates[1]),
                Figures.Ratio(rates[0], rates[1]),
                Figures.Rate(rates[2]),
                Figures.Ratio(rates[0], rates[2]));
        }

        single.Print($"PostgreSQL: single facts on top of {Figures.Count(metrics)} metrics");

        var (import, store, batches, whole) = (_bulk[0], _bulk[1], _bulk[2], _bulk[3]);
        var bulk = new Table("many facts at once", "facts/s", "over COPY in batches of 500", "over one COPY");
        bulk.Add("import over HTTP", Figures.Rate(import), Figures.Ratio(import, batches), Figures.Ratio(import, whole));
        bulk.Add("batches of 500 through the store", Figures.Rate(store), Figures.Ratio(store, batches), Figures.Ratio(store, whole));
        bulk.Add("COPY in batches of 500", Figures.Rate(batches), Figures.None, Figures.Ratio(batches, whole));
        bulk.Add("one COPY", Figures.Rate(whole), Figures.None, Figures.None);
        bulk.Print($"PostgreSQL: bulk on top of {Figures.Count(metrics)} metrics");
    }

    /// <summary>What several sides made in the same rounds. Another one begins each round; the first round warms up and does not count.</summary>
    private sealed class SideBySide(int sides)
    {
        private readonly List<double>[] _rates = [.. Enumerable.Range(0, sides).Select(_ => new List<double>())];

        /// <summary>What a side made.</summary>
        public IReadOnlyList<double> this[int side] => _rates[side];

        public async Task MeasureAsync(int round, params IReadOnlyList<Func<Task<double>>> measures)
        {
            for (var turn = 0; turn < sides; turn++)
            {
                var side = (turn + round) % sides;
                var rate = await measures[side]();
                if (round > 0)
                {
                    _rates[side].Add(rate);
                }
            }
        }
    }
}
