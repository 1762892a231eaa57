using System.Net;
using System.Net.Sockets;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>
/// An address that stays the same, and this test's, while the server behind it goes away and comes back on another port. Without a server a
/// connection is closed as soon as it is made.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    public TcpRelay()
    {
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}/");
        _accepting = AcceptAsync();
    }

    /// <summary>Where the server is found.</summary>
    public Uri Address { get; }

    /// <summary>The server; null while there is none.</summary>
    public Uri? Server { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient caller)
    {
        using (caller)
        {
            if (Server is not { } server)
            {
                return;
            }

            using var called = new TcpClient();
            try
            {
                await called.ConnectAsync(server.Host, server.Port, _end.Token);
                await Task.WhenAny(
                    caller.GetStream().CopyToAsync(called.GetStream(), _end.Token),
                    called.GetStream().CopyToAsync(caller.GetStream(), _end.Token));
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                // The caller finds its connection closed.
            }
        }
    }
}
