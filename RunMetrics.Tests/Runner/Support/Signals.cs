using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>Sends signals, as a terminal or an operator does.</summary>
internal static class Signals
{
    /// <summary>Sends a signal, such as <c>TERM</c>, to processes that the test has started, one right after the other.</summary>
    public static async Task SendAsync(string signal, params IEnumerable<int> processIds)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {string.Join(' ', processIds)}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends a signal again and again, as somebody does who will not wait.</summary>
    public static Task SendUntilEndedAsync(string signal, OwnedProcess process) => Eventually.TrueAsync(async () =>
    {
        if (!process.HasEnded)
        {
            await SendAsync(signal, process.Id);
        }

        return process.HasEnded;
    });

    /// <summary>Skips a test of Ctrl-C where it cannot be told: a shell starts background jobs deaf to it, and so is all that they start.</summary>
    public static void RequireInterrupt()
    {
        const string Ignored = "SigIgn:";
        const long Interrupt = 1L << 1;
        var mask = OperatingSystem.IsLinux()
            ? File.ReadLines("/proc/self/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal))[Ignored.Length..].Trim()
            : "0";
        if ((long.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0)
        {
            Assert.Ignore("The tests were started with SIGINT ignored, as a shell's background job.");
        }
    }

    /// <summary>True while there is such a process and it has not ended.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);

            // In a container nobody may have fetched the exit code of one whose parent has died.
            return !process.HasExited && !(OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            return false;
        }
    }
}
