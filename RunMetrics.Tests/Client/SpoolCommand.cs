using System.Globalization;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;

namespace RunMetrics.Tests.Client;

/// <summary>What other processes do with a spool in the tests: record through it, and drain it.</summary>
internal static class SpoolCommand
{
    /// <summary>More runs than any test lets a process record before it ends it.</summary>
    public const int Endless = 1_000_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["spool", "record", var folder, var server, var writer, var runs, var gate]:
                await Gate.PassAsync(gate);
                await RecordAsync(folder, new Uri(server), writer, int.Parse(runs, CultureInfo.InvariantCulture));
                return 0;

            case ["spool", "drain", var folder, var server]:
                using (var store = HttpRunMetricsStore.Create(new Uri(server)))
                {
                    var report = await new RunMetricsSpool(new RunMetricsSpoolOptions { Folder = folder }).DrainAsync(store, CancellationToken.None);
                    await Console.Out.WriteLineAsync(report.ToString());
                    return report.IsComplete ? 0 : 1;
                }

            default:
                return 64;
        }
    }

    public static OwnedProcess StartRecording(string folder, Uri server, string writer, int runs, string gate) =>
        ChildCommand.Start("spool", "record", folder, server.AbsoluteUri, writer, runs.ToString(CultureInfo.InvariantCulture), gate);

    /// <summary>Drains in a process whose heap may not grow beyond some megabytes.</summary>
    public static OwnedProcess StartDraining(string folder, Uri server, int heapMegabytes) => OwnedProcess.StartDotnet(
        typeof(SpoolCommand).Assembly.Location,
        ["spool", "drain", folder, server.AbsoluteUri],
        HeapLimit.OfMebibytes(heapMegabytes));

    /// <summary>The line that says that all of a run is in the hands of the store or the spool.</summary>
    public static string Mark(string runId) => $"recorded {runId}";

    private static async Task RecordAsync(string folder, Uri server, string writer, int runs)
    {
        using var http = HttpRunMetricsStore.Create(server);
        await using var store = SpooledRunMetricsStore.Open(http, new RunMetricsSpoolOptions { Folder = folder });
        await using var recorder = new RunMetricsRecorder(store, options: new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromSeconds(30) });
        for (var i = 0; i < runs; i++)
        {
            var runId = $"{writer}-{i}";
            await using (var run = await recorder.StartRunAsync("bop", "032", runId))
            {
                await using (var phase = await run.BeginPhaseAsync(RunPhase.Builder))
                {
                    await phase.CompleteAsync(PhaseOutcome.Success);
                }

                await run.CompleteAsync(RunStatus.Succeeded);
            }

            await Console.Out.WriteLineAsync(Mark(runId));
        }

        await Console.Out.WriteLineAsync($"failures {recorder.FailedCalls}");
    }
}
