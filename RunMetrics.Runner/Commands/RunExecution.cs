using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Loop;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Commands;

/// <summary>Shows a run from its first line to its last and says by which exit code it ends.</summary>
internal sealed class RunExecution(RecordingTarget target, RunnerConsole console, TimeProvider time)
{
    /// <summary>Works a run.</summary>
    /// <param name="plan">What the run is to do.</param>
    /// <param name="json">True to print the recorded facts at the end.</param>
    /// <param name="work">Works it.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> WorkAsync(RunPlan plan, bool json, Func<RunSession, Task<RunStatus>> work)
    {
        await console.Lines.WriteLineAsync($"recording into {target.Name}");
        var session = new RunSession(target, console.Display, time);
        var status = await console.Display.WhileAsync(() => work(session));
        var history = await ReadAsync(session, plan.RunId);
        console.Display.RunEnded(plan, status, history);
        if (json && history is not null)
        {
            await using var output = Console.OpenStandardOutput();
            await FactLines.WriteAsync(output, history, CancellationToken.None);
        }

        return status switch
        {
            RunStatus.Succeeded => ExitCodes.Done,
            RunStatus.Cancelled => ExitCodes.Cancelled,
            _ => ExitCodes.Failed,
        };
    }

    /// <summary>What is recorded; null, and said why, when it cannot be read: the run has come out as it has.</summary>
    private static async Task<RunHistory?> ReadAsync(RunSession session, string runId)
    {
        try
        {
            return await session.ReadAsync(runId, CancellationToken.None);
        }
        catch (RefusedException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return null;
        }
    }
}
