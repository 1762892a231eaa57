using System.Diagnostics;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Processes;

/// <summary>What holds for every process that this program starts.</summary>
internal static class ChildProcess
{
    private const int EndedByInterrupt = 130;
    private const int EndedByTerminate = 143;

    private static readonly TimeSpan SignalDelay = TimeSpan.FromMilliseconds(300);

    private static readonly string[] GitVariables =
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_OBJECT_DIRECTORY", "GIT_DIR",
        "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
        "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
    ];

    /// <summary>Sets what a process is started with on top of this program's own environment.</summary>
    /// <remarks>
    /// Started by a git hook or alias, this program inherits variables that tie git to the caller's repository. What it starts must not. It is part of the
    /// current activity.
    /// </remarks>
    public static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string> variables)
    {
        foreach (var name in GitVariables)
        {
            start.Environment.Remove(name);
        }

        // Without an activity of this program's, the process belongs to what this program was started for, and inherits that.
        if (Activity.Current is { } activity)
        {
            start.Environment[TraceVariables.Parent] = activity.Id;
            start.Environment[TraceVariables.State] = activity.TraceStateString;
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
    }

    /// <summary>
    /// Waits for a process to end. Ctrl-C reaches everything that runs on a terminal at once: a process may end by it before this program
    /// has heard of it, so after one that a signal ended the same signal is awaited here.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled, by that signal too.</exception>
    public static async Task WaitForExitAsync(Process process, TimeProvider time, CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode is EndedByInterrupt or EndedByTerminate)
        {
            await Task.Delay(SignalDelay, time, cancellationToken);
        }
    }
}
