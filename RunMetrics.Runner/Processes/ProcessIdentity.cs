using System.ComponentModel;
using System.Diagnostics;

namespace RunMetrics.Runner.Processes;

/// <summary>Names a process beyond its end: its id is given to others later, its start is not.</summary>
/// <param name="Id">The id of the process.</param>
/// <param name="StartedAt">When the process started, UTC, as the operating system tells it.</param>
internal sealed record ProcessIdentity(int Id, DateTimeOffset StartedAt)
{
    // The system counts from its own start, and every process converts that by the clock as it stands.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>The identity of a process; null when it has ended already.</summary>
    public static ProcessIdentity? Of(Process process)
    {
        try
        {
            return new ProcessIdentity(process.Id, new DateTimeOffset(process.StartTime).ToUniversalTime());
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The process, to be disposed; null when it has ended.</summary>
    public Process? Find()
    {
        Process process;
        try
        {
            process = Process.GetProcessById(Id);
        }
        catch (ArgumentException)
        {
            return null;
        }

        if (Of(process) is { } found && (found.StartedAt - StartedAt).Duration() <= Tolerance)
        {
            return process;
        }

        process.Dispose();
        return null;
    }
}
