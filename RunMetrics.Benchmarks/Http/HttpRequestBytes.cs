using System.Text;

namespace RunMetrics.Benchmarks.Http;

/// <summary>Requests as the bytes that travel, so that sending one again costs the client next to nothing.</summary>
internal static class HttpRequestBytes
{
    /// <summary>A request for a path, which begins with a slash.</summary>
    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    /// <summary>A request with a body.</summary>
    public static byte[] Post(string path, string contentType, ReadOnlySpan<byte> body) =>
    [
        .. Encoding.ASCII.GetBytes(FormattableString.Invariant(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n")),
        .. body,
    ];
}
