using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RunMetrics.Benchmarks.Http;

/// <summary>The API in a process of its own, as it is run.</summary>
internal sealed class ApiProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(2);
    private static readonly byte[] Live = HttpRequestBytes.Get("/health/live");

    private readonly Process _process;

    private ApiProcess(Process process, IPEndPoint address, TimeSpan startTime)
    {
        _process = process;
        Address = address;
        StartTime = startTime;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>The time from the start of the process to the first answer of <c>GET /health/live</c>.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>The folder with the API that this project was built with, compiled as it runs.</summary>
    public static string BuiltFolder => AppContext.BaseDirectory;

    /// <summary>The most memory that was resident so far, in bytes; null on a system that does not tell.</summary>
    public long? PeakMemory => OperatingSystem.IsLinux()
        ? File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status"))
            .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Select(line => 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
            .Single()
        : null;

    /// <summary>Starts the API and waits for its first answer.</summary>
    /// <param name="connectionString">The connection string of its database.</param>
    /// <param name="folder">Where the program lies; where this project was built by default.</param>
    public static async Task<ApiProcess> StartAsync(string connectionString, string? folder = null)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FindFreePort());
        var start = new ProcessStartInfo(Path.Combine(folder ?? BuiltFolder, "RunMetrics.Api"))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                $"--urls=http://{address}",
                $"--ConnectionStrings:RunMetrics={connectionString}",
                "--Limits:RequestsPerSecond=1000000",
                "--Limits:RequestTimeoutSeconds=3600",
            },
        };
        var started = TimeProvider.System.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        process.BeginOutputReadLine();
        try
        {
            while (!await TryAskAsync(address))
            {
                if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > StartTimeout)
                {
                    throw new InvalidOperationException($"{start.FileName} does not answer.");
                }

                await Task.Delay(BetweenAttempts);
            }

            return new ApiProcess(process, address, TimeProvider.System.GetElapsedTime(started));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Asks the process to end as a service manager does, so that it closes its database, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            using (var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await terminate.WaitForExitAsync();
            }

            await _process.WaitForExitAsync();
        }
    }

    private static async Task<bool> TryAskAsync(IPEndPoint address)
    {
        try
        {
            using var connection = await HttpConnection.OpenAsync(address);
            await connection.SendAsync(Live);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
