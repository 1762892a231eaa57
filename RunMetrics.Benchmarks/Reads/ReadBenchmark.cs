using System.Globalization;
using System.Text.Json;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Benchmarks.Options;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>
/// What reading takes at each size of the history: in this process against hand-written ADO.NET with kept statements on the same file, and over
/// HTTP, against an earlier API where one is given. In a round everything about a question is asked in turn, of every size.
/// </summary>
internal static class ReadBenchmark
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(0.3);

    public static async Task RunAsync(BenchmarkOptions options, HistoryFolder histories)
    {
        var targets = new List<ReadTarget>();
        try
        {
            foreach (var metrics in options.Metrics)
            {
                targets.Add(await ReadTarget.OpenAsync(histories, metrics, options.BaselineFolder));
            }

            var tables = new ReadTables(targets);
            for (var read = 0; read < targets[0].Reads.Count; read++)
            {
                await Console.Error.WriteLineAsync($"Reading: {targets[0].Reads[read].Name} …");
                tables.Add(await MeasureAsync([.. targets.Select(target => (target, target.Reads[read]))], options.Rounds));
            }

            tables.Print();
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    private static async Task<List<ReadTimes>> MeasureAsync(IReadOnlyList<(ReadTarget Target, Read Read)> sizes, int rounds)
    {
        var times = sizes.Select(size => new ReadTimes(size.Target.Metrics, size.Read)).ToList();
        foreach (var (_, read) in sizes)
        {
            await CheckAsync(read);
        }

        for (var round = 0; round <= rounds; round++)
        {
            foreach (var ((target, read), time) in sizes.Zip(times))
            {
                var measured = await MeasureAsync(target, read);
                if (round > 0)
                {
                    time.Add(measured);
                }
            }
        }

        return times;
    }

    private static async Task<ReadTimes.Round> MeasureAsync(ReadTarget target, Read read)
    {
        var inProcess = await Pace.SecondsAsync(Duration, read.AskAsync);
        var opponents = new List<double>();
        foreach (var opponent in read.Opponents)
        {
            opponents.Add(await Pace.SecondsAsync(Duration, () => Task.FromResult(opponent.Ask())));
        }

        var requests = read.Paths.Select(HttpRequestBytes.Get).ToList();
        var overHttp = await target.Server.MeasureAsync(requests, Duration);
        var byBaseline = target.Baseline is null ? [] : await target.Baseline.MeasureAsync(requests, Duration);
        return new ReadTimes.Round(inProcess, opponents, overHttp, byBaseline);
    }

    /// <summary>Whoever measures different answers measures nothing.</summary>
    private static async Task CheckAsync(Read read)
    {
        var answer = JsonSerializer.Serialize(await read.AskAsync());
        foreach (var opponent in read.Opponents)
        {
            if (JsonSerializer.Serialize(opponent.Ask()) is var other && other != answer)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"{read.Name}: the queries answer {answer}, {opponent.Name} {other}."));
            }
        }
    }
}
