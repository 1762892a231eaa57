using System.Net;
using System.Net.Sockets;

namespace RunMetrics.Tests.Client;

/// <summary>An address that stays while the server behind it comes and goes; while there is none, every connection is closed at once.</summary>
internal sealed class RelayedAddress : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private volatile Uri? _target;

    public RelayedAddress()
    {
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Where connections lead from now on; null for nowhere.</summary>
    public Uri? Target
    {
        set => _target = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relaying = new List<Task>();
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                relaying.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_closing.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // It is closing, or a client that has gone before it was accepted.
            }
        }

        await Task.WhenAll(relaying);
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        {
            if (_target is not { } target)
            {
                return;
            }

            try
            {
                using var server = new TcpClient();
                await server.ConnectAsync(target.Host, target.Port, _closing.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _closing.Token),
                    server.GetStream().CopyToAsync(client.GetStream(), _closing.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // One of both has gone, and so the other has to.
            }
        }
    }
}
