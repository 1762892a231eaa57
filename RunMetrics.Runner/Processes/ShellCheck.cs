using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RunMetrics.Runner.Processes;

/// <summary>Finds what is wrong with a shell command without running it.</summary>
internal static partial class ShellCheck
{
    /// <summary>What is wrong with a command, or null.</summary>
    /// <param name="command">What the shell would be given.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<string?> FindFaultAsync(string command, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(command))
        {
            return "is empty; give a shell command";
        }

        if (!File.Exists(ShellCommand.Shell))
        {
            return $"needs {ShellCommand.Shell}, which this machine does not have";
        }

        if (await AskAsync(["-n", "-c", command], cancellationToken) is { ExitCode: not 0 } refused)
        {
            return $"is no command that {ShellCommand.Shell} can read: {refused.Errors.Trim()}";
        }

        // Only a plain first word can be judged; a path may come into being in the worktree.
        var word = PlainWord().Match(command).Groups["word"].Value;
        return word.Length > 0 && await AskAsync(["-c", """command -v "$1" """, "sh", word], cancellationToken) is { ExitCode: not 0 }
            ? $"starts with '{word}', which is not found; install it or correct the command"
            : null;
    }

    private static async Task<(int ExitCode, string Errors)> AskAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(ShellCommand.Shell, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, errors);
    }

    [GeneratedRegex(@"^\s*(?<word>[A-Za-z0-9_][A-Za-z0-9_.+-]*)(?=\s|;|$)(?!\s*\()", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PlainWord();
}
