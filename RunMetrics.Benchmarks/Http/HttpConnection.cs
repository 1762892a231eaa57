using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RunMetrics.Benchmarks.Http;

/// <summary>
/// One connection, over which requests are sent one after the other. It looks at nothing but the status and the end of an answer: the client runs
/// beside the server, and what it spends is missing there.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly NetworkStream _stream;
    private byte[] _buffer = new byte[64 * 1024];

    private HttpConnection(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<HttpConnection> OpenAsync(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for all of its answer.</summary>
    /// <exception cref="HttpRequestException">The answer is no success, or there is none.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> request)
    {
        await _stream.WriteAsync(request);
        var length = 0;
        do
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * length);
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(length));
            length += read > 0 ? read : throw new HttpRequestException("The server closed the connection.");
        }
        while (!IsWhole(_buffer.AsSpan(0, length)));

        if (!_buffer.AsSpan().StartsWith("HTTP/1.1 2"u8))
        {
            throw new HttpRequestException(Encoding.UTF8.GetString(_buffer, 0, length));
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Whether the answer to a single request is there to its end. A body of chunks ends in an empty one; JSON has no such bytes.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var headLength = answer.IndexOf("\r\n\r\n"u8);
        if (headLength < 0)
        {
            return false;
        }

        var head = answer[..headLength];
        var contentLength = "\r\nContent-Length: "u8;
        if (head.IndexOf(contentLength) is var at and >= 0)
        {
            var value = head[(at + contentLength.Length)..];
            var end = value.IndexOf((byte)'\r');
            return answer.Length - headLength - 4 >= int.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
        }

        return answer.EndsWith("\r\n0\r\n\r\n"u8);
    }
}
