using System.Diagnostics;

namespace RunMetrics.Runner.Processes;

/// <summary>A shell command with all that it is started with.</summary>
/// <param name="Text">What <c>/bin/sh -c</c> is given.</param>
/// <param name="WorkingFolder">Where it starts.</param>
/// <param name="LogFile">Where its output and errors go.</param>
/// <param name="Environment">Variables on top of this program's own.</param>
internal sealed record ShellCommand(string Text, string WorkingFolder, string LogFile, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The shell that every command is given to.</summary>
    public const string Shell = "/bin/sh";

    // The output goes straight to the file: a process that is left in the background then holds nothing open that somebody waits for, and what
    // outlives this program can still write.
    private const string Redirected = """exec /bin/sh -c "$1" >>"$2" 2>&1 </dev/null""";

    /// <summary>Runs the command to its end.</summary>
    /// <param name="started">Learns the identity of the process once it runs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the command and everything that it has started.</param>
    /// <returns>Its exit code; 128 and the signal where a signal ended it.</returns>
    public async Task<int> RunAsync(Action<ProcessIdentity> started, TimeProvider time, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = MakeStart() };
        cancellationToken.ThrowIfCancellationRequested();
        process.Start();
        try
        {
            if (ProcessIdentity.Of(process) is { } identity)
            {
                started(identity);
            }

            await ChildProcess.WaitForExitAsync(process, time, cancellationToken);
            return process.ExitCode;
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested || !process.HasExited)
            {
                ProcessTree.End(process);
                ProcessTree.EndMarked([.. Environment.Select(variable => $"{variable.Key}={variable.Value}")]);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private ProcessStartInfo MakeStart()
    {
        var start = new ProcessStartInfo(Shell)
        {
            ArgumentList = { "-c", Redirected, "runmetrics", Text, LogFile },
            UseShellExecute = false,
            WorkingDirectory = WorkingFolder,
        };
        ChildProcess.SetEnvironment(start, Environment);
        return start;
    }
}
