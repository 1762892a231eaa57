using System.Globalization;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Records a run to wherever the environment says, and how many calls failed.</summary>
internal static class OpenCommand
{
    public const string RunId = "opened-1";

    public static async Task RunAsync()
    {
        var options = new RunMetricsRecorderOptions();
        options.StoreTimeout = TimeSpan.TryParse(Environment.GetEnvironmentVariable("STORE_TIMEOUT"), CultureInfo.InvariantCulture, out var timeout)
            ? timeout
            : options.StoreTimeout;
        await using var recorder = await RunMetricsRecorder.OpenAsync(options: options);
        await using (var run = await recorder.StartRunAsync("bop", "032", RunId))
        {
            await run.PhaseAsync(RunPhase.Builder, 1, _ => Task.CompletedTask);
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        await Console.Out.WriteLineAsync($"{recorder.FailedCalls} failed calls; {recorder.LastFailure ?? "all is well"}");
    }
}
