using System.Globalization;
using System.Net;

namespace RunMetrics.Benchmarks.Http;

/// <summary>A number of connections that ask at the same time, each the next question as soon as it has its answer.</summary>
internal sealed class HttpLoad : IDisposable
{
    private readonly IReadOnlyList<HttpConnection> _connections;

    private HttpLoad(IReadOnlyList<HttpConnection> connections) => _connections = connections;

    /// <summary>A number of connections, for tables.</summary>
    public static string NameOf(int connections) =>
        connections == 1 ? "1 connection" : string.Create(CultureInfo.InvariantCulture, $"{connections} connections");

    /// <summary>Opens the connections.</summary>
    public static async Task<HttpLoad> ConnectAsync(IPEndPoint address, int connections) =>
        new(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(address))));

    /// <summary>Sends requests in turn until a time is over, each connection at least one.</summary>
    /// <returns>Requests a second.</returns>
    public async Task<double> RepeatAsync(IReadOnlyList<byte[]> requests, TimeSpan duration)
    {
        var sent = -1;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(_connections.Select(async connection =>
        {
            do
            {
                await connection.SendAsync(requests[Interlocked.Increment(ref sent) % requests.Count]);
            }
            while (TimeProvider.System.GetElapsedTime(started) < duration);
        }));
        return (sent + 1) / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Sends each request once.</summary>
    /// <returns>Requests a second.</returns>
    public async Task<double> SendEachAsync(IReadOnlyList<byte[]> requests)
    {
        var sent = -1;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(_connections.Select(async connection =>
        {
            while (Interlocked.Increment(ref sent) is var next && next < requests.Count)
            {
                await connection.SendAsync(requests[next]);
            }
        }));
        return requests.Count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }
}
