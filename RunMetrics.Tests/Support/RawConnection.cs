using System.Net.Sockets;
using System.Text;

namespace RunMetrics.Tests.Support;

/// <summary>A connection on which a test says what no HTTP client would, or says nothing.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new();

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(address.Host, address.Port);
        return connection;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _client.GetStream().WriteAsync(bytes);

    /// <summary>Asks for a path and stays open for more.</summary>
    /// <returns>The beginning of the answer; nothing when the server closes the connection instead.</returns>
    public async Task<string> GetAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        var answer = new byte[4096];
        try
        {
            await WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            var length = await _client.GetStream().ReadAsync(answer, limit.Token);
            return Encoding.Latin1.GetString(answer, 0, length);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    /// <summary>What the server says until it closes the connection; nothing when it closes it hard.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        using var reader = new StreamReader(_client.GetStream(), Encoding.Latin1);
        try
        {
            return await reader.ReadToEndAsync(limit.Token);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    /// <summary>Cuts the connection as a network does, without a farewell.</summary>
    public void Cut()
    {
        _client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
    }

    public void Dispose() => _client.Dispose();
}
