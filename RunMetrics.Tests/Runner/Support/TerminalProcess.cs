using System.Diagnostics;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>A real process on a pseudo-terminal, with a screen that shows what it writes. It never outlives the test.</summary>
internal sealed class TerminalProcess : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task _showing;

    private TerminalProcess(Process process, VirtualTerminal screen)
    {
        _process = process;
        Screen = screen;
        _showing = ShowAsync();
    }

    public VirtualTerminal Screen { get; }

    /// <summary>Skips the test where no program gives another one a terminal.</summary>
    public static void Require() => Programs.Require("script");

    /// <summary>Starts a command; an environment variable set to null is removed.</summary>
    public static TerminalProcess Start(
        IEnumerable<string> command, int columns, IReadOnlyDictionary<string, string?> environment, string workingFolder)
    {
        var quoted = string.Join(' ', command.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        var start = new ProcessStartInfo("script", ["-qefc", $"stty cols {columns}; exec {quoted}", "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = workingFolder,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new TerminalProcess(Process.Start(start)!, new VirtualTerminal(columns));
    }

    /// <summary>Types a line.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteAsync($"{line}\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for the process to end by itself and for all that it wrote.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        await _process.WaitForExitAsync(limit.Token);
        await _showing.WaitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Closes the terminal.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private async Task ShowAsync()
    {
        var buffer = new char[4096];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(buffer)) > 0)
        {
            await Screen.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
