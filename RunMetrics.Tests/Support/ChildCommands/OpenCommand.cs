namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Records a run to wherever the environment says, and how many calls failed.</summary>
internal static class OpenCommand
{
    public const string RunId = "opened-1";

    public static async Task RunAsync()
    {
        await using var recorder = await RunMetricsRecorder.OpenAsync();
        await using (var run = await recorder.StartRunAsync("bop", "032", RunId))
        {
            await run.PhaseAsync(RunPhase.Builder, 1, _ => Task.CompletedTask);
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        await Console.Out.WriteLineAsync($"{recorder.FailedCalls} failed calls");
    }
}
