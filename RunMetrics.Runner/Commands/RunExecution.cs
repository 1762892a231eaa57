using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Loop;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Commands;

/// <summary>Shows a run from its first line to its last.</summary>
/// <param name="target">Where it is recorded; closed at the end when that is a server.</param>
/// <param name="location">What the target was opened from.</param>
/// <param name="telemetry">What is told of it meanwhile.</param>
/// <param name="console">Where to show it.</param>
/// <param name="time">The clock.</param>
internal sealed class RunExecution(
    RecordingTarget target, RecordingLocation location, RunTelemetry telemetry, RunnerConsole console, TimeProvider time)
{
    /// <summary>Works a run.</summary>
    /// <param name="plan">What the run is to do.</param>
    /// <param name="json">True to print the recorded facts at the end.</param>
    /// <param name="work">Works it.</param>
    public async Task<RunResult> WorkAsync(RunPlan plan, bool json, Func<RunSession, Task<RunResult>> work)
    {
        await console.Lines.WriteLineAsync($"recording into {target.Name}");
        var session = new RunSession(target, telemetry, console.Display, time);
        var (result, history, waiting) = await console.Display.WhileAsync(async () =>
        {
            var worked = await work(session);
            var recorded = json ? await ReadAsync(session, plan.RunId) : null;
            return (worked, recorded, location.Server is { } server ? await CountWaitingAsync(server) : 0);
        });
        console.Display.RunEnded(plan, result);
        if (waiting > 0)
        {
            console.Display.Note(DisplayText.Waiting(waiting, location.Server!));
        }

        if (history is not null)
        {
            await using var output = Console.OpenStandardOutput();
            await FactLines.WriteAsync(output, history, CancellationToken.None);
        }

        return result;
    }

    /// <summary>What is recorded; null, and said why, when it cannot be read: the run has come out as it has.</summary>
    private async Task<RunHistory?> ReadAsync(RunSession session, string runId)
    {
        try
        {
            return await session.ReadAsync(runId, CancellationToken.None);
        }
        catch (RefusedException exception)
        {
            console.Display.Note(exception.Message);
            return null;
        }
    }

    /// <summary>How many facts wait once the target has delivered what it can.</summary>
    private async Task<long> CountWaitingAsync(Uri server)
    {
        await target.DisposeAsync();
        try
        {
            return (await ServerSpool.Of(server, time).ReadStatusAsync(CancellationToken.None)).PendingFacts;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            console.Display.Note($"whether facts wait for {server} cannot be read: {exception.Message}");
            return 0;
        }
    }
}
