using RunMetrics.Data;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Records a run as a program without a host does, and stays in a phase until it is killed.</summary>
internal static class RecordCommand
{
    public const string RunId = "killed-1";
    public const string InPhase = "in phase";

    public static async Task RunAsync(string file)
    {
        var database = await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(file));
        await using var recorder = new RunMetricsRecorder(database.Store);
        await using var run = await recorder.StartRunAsync("bop", "032", RunId);
        await using (var setup = await run.BeginPhaseAsync(RunPhase.Setup))
        {
            await setup.CompleteAsync(PhaseOutcome.Success);
        }

        await using var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration: 2);
        await Console.Out.WriteLineAsync(InPhase);
        await new TaskCompletionSource().Task;
    }
}
