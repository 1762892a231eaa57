using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>The API below a process that is called <c>systemd</c> and waits to be told, as a unit of <c>Type=notify</c> has it.</summary>
[Platform("Linux")]
public sealed class SystemdTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Service_tells_systemd_when_it_answers_and_when_it_stops_and_logs_with_priorities()
    {
        using var folder = new TemporaryFolder();
        using var notifications = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notifications.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));
        var manager = folder.File("systemd");
        File.Copy("/bin/sh", manager);
        using var process = OwnedProcess.Start(
            manager,
            ["-c", "dotnet \"$@\" & echo \"pid $!\"; wait $!", "sh", ApiProcess.AssemblyFile, "--urls", "http://127.0.0.1:0", "--database", folder.File("runs.db")],
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = folder.File("notify") });

        (await ReceiveAsync(notifications)).ShouldBe("READY=1");
        var listening = await process.WaitForOutputAsync(line => line.Contains("Now listening on: ", StringComparison.Ordinal));
        listening.ShouldStartWith("<6>");
        using var client = new HttpClient { BaseAddress = new Uri(listening.Split("Now listening on: ")[1]) };
        using var answer = await client.GetAsync(new Uri("health/ready", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var signal = System.Diagnostics.Process.Start("kill", ["-TERM", process.Output.Split("pid ")[1].Split('\n')[0]]);
        (await ReceiveAsync(notifications)).ShouldBe("STOPPING=1");
        (await process.WaitForExitAsync()).ShouldBe(0, process.Errors);
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        var received = new byte[256];
        return Encoding.ASCII.GetString(received, 0, await socket.ReceiveAsync(received, limit.Token));
    }
}
