using RunMetrics.Benchmarks.Http;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>An API on a history that is asked by one and by many at a time.</summary>
internal sealed class ReadServer : IAsyncDisposable
{
    /// <summary>At how many connections it is asked.</summary>
    public static readonly IReadOnlyList<int> Connections = [1, 16];

    /// <summary>What takes longer by itself is not asked by many at once: that would only measure how long they wait for each other.</summary>
    private static readonly TimeSpan TooSlowForMany = TimeSpan.FromSeconds(1);

    private readonly ApiProcess _api;

    private ReadServer(ApiProcess api) => _api = api;

    /// <summary>Starts an API.</summary>
    /// <param name="databaseFile">The database file.</param>
    /// <param name="folder">Where the program lies; where this project was built by default.</param>
    public static async Task<ReadServer> StartAsync(string databaseFile, string? folder = null) =>
        new(await ApiProcess.StartAsync($"Data Source={databaseFile}", folder));

    /// <summary>Asks at each number of <see cref="Connections"/> for some time.</summary>
    /// <returns>Seconds between answers, of all that were measured.</returns>
    public async Task<IReadOnlyList<double>> MeasureAsync(IReadOnlyList<byte[]> requests, TimeSpan duration)
    {
        var seconds = new List<double>();
        foreach (var connections in requests.Count > 0 ? Connections : [])
        {
            if (seconds.Count == 0 || seconds[0] < TooSlowForMany.TotalSeconds)
            {
                // Opened anew each time: the server closes those that others leave idle while they are measured.
                using var load = await HttpLoad.ConnectAsync(_api.Address, connections);
                seconds.Add(1 / await load.RepeatAsync(requests, duration));
            }
        }

        return seconds;
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();
}
