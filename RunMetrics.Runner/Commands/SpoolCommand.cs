using System.CommandLine;
using System.Globalization;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics spool</c>: shows what waits for servers that were away, and delivers it.</summary>
internal static class SpoolCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var status = new Option<bool>("--status") { Description = "Show what waits for each server [default]" };
        var drain = new Option<bool>("--drain") { Description = "Deliver what waits now" };
        var server = CommandOptions.MakeServer();
        server.Description = "The server whose spool it is about; all that have one by default";
        var command = new ExampleCommand(
            "spool",
            "Show or deliver the facts that wait on this machine for a server that was away",
            "runmetrics spool",
            "runmetrics spool --drain --server http://localhost:5080")
        {
            status, drain, server,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var servers = parsed.GetValue(server) is { } address ? [RecordingLocation.Find(database: null, address).Server!] : FindServers();
            if (servers.Count == 0)
            {
                await Console.Out.WriteLineAsync("nothing waits for any server");
            }

            var isComplete = true;
            foreach (var each in servers)
            {
                var spool = ServerSpool.Of(each, time);
                if (parsed.GetValue(drain))
                {
                    isComplete &= await DrainAsync(spool, each, time, cancellationToken);
                }

                if (parsed.GetValue(status) || !parsed.GetValue(drain))
                {
                    await ShowAsync(spool, each, cancellationToken);
                }
            }

            return isComplete ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<bool> DrainAsync(RunMetricsSpool spool, Uri server, TimeProvider time, CancellationToken cancellationToken)
    {
        using var store = ServerConnection.OpenStore(server, time);
        var report = await spool.DrainAsync(store, cancellationToken);
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{server}: {report.Delivered} facts delivered, {report.Rejected} set aside"));
        if (report.Failure is { } failure)
        {
            await Console.Error.WriteLineAsync($"{server}: the rest waits: {failure}");
        }

        return report.IsComplete;
    }

    private static async Task ShowAsync(RunMetricsSpool spool, Uri server, CancellationToken cancellationToken)
    {
        var status = await spool.ReadStatusAsync(cancellationToken);
        var oldest = status.Oldest is { } instant ? $", the oldest of {Instants.Format(instant)}" : string.Empty;
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{server}: {status.PendingFacts} facts wait ({status.PendingBytes} bytes{oldest}); {status.RejectedFacts} are set aside in {status.RejectsFile}"));
    }

    private static List<Uri> FindServers() => Directory.Exists(RunMetricsSpoolOptions.DefaultFolder)
        ? [.. Directory.EnumerateDirectories(RunMetricsSpoolOptions.DefaultFolder)
            .Select(folder => Uri.TryCreate(Uri.UnescapeDataString(Path.GetFileName(folder)), UriKind.Absolute, out var server) ? server : null)
            .OfType<Uri>()]
        : [];
}
