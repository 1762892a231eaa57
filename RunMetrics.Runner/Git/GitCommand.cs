using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Git;

/// <summary>git in one folder.</summary>
/// <param name="folder">Where git is started.</param>
/// <param name="environment">Variables on top of this program's own.</param>
internal sealed class GitCommand(string folder, IReadOnlyDictionary<string, string>? environment = null)
{
    // git acts on signals that it was started to ignore, so it must not be where the terminal sends them: it is in a session of its own
    // or, without setsid, in a process group by job control, which takes the terminal meanwhile.
    private const string Uninterrupted = """
        trap '' INT HUP
        if command -v setsid >/dev/null; then exec setsid git "$@"; fi
        set -m 2>/dev/null; git "$@" & wait $!
        """;

    private static readonly Dictionary<string, string> NoVariables = [];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The folder in which git is started.</summary>
    public string Folder => folder;

    /// <summary>Runs git and expects it to succeed.</summary>
    /// <exception cref="GitException">It did not.</exception>
    public Task<GitResult> RunAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments) =>
        FeedAsync("", cancellationToken, arguments);

    /// <summary>Runs git with an input and expects it to succeed.</summary>
    /// <exception cref="GitException">It did not.</exception>
    public async Task<GitResult> FeedAsync(string input, CancellationToken cancellationToken, params IReadOnlyList<string> arguments)
    {
        var result = await StartAsync(input, arguments, cancellationToken);
        return result.Succeeded
            ? result
            : throw new GitException($"git {string.Join(' ', arguments)} failed ({result.ExitCode}): {result.Errors.Trim()}");
    }

    /// <summary>Runs git to its end, however that is.</summary>
    /// <exception cref="GitException">There is no git.</exception>
    public Task<GitResult> TryAsync(CancellationToken cancellationToken, params IReadOnlyList<string> arguments) =>
        StartAsync("", arguments, cancellationToken);

    /// <summary>Runs git to its end, which Ctrl-C on the terminal does not hasten: what must not be left half done.</summary>
    /// <exception cref="GitException">There is no git.</exception>
    public Task<GitResult> TryUninterruptedAsync(params IReadOnlyList<string> arguments) =>
        StartAsync("", ["-c", Uninterrupted, "git", .. arguments], CancellationToken.None, ShellCommand.Shell);

    private async Task<GitResult> StartAsync(
        string input, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string program = "git")
    {
        using var process = new Process { StartInfo = MakeStart(program, arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new GitException($"git cannot be started in {folder}: {exception.Message}");
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await WriteInputAsync(process, input, cancellationToken);
            await ChildProcess.WaitForExitAsync(process, TimeProvider.System, cancellationToken);
            return new GitResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            ProcessTree.End(process);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    private static async Task WriteInputAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // git has ended without reading; its exit code says why.
        }
    }

    private ProcessStartInfo MakeStart(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
        };
        ChildProcess.SetEnvironment(start, environment ?? NoVariables);

        // Messages are shown and matched by nobody but their reader; a question would wait for ever.
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}

/// <summary>What came of a git command.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote, as it wrote it.</param>
/// <param name="Errors">What it complained of.</param>
internal sealed record GitResult(int ExitCode, string Output, string Errors)
{
    /// <summary>True when git succeeded.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>The output without the line end.</summary>
    public string Line => Output.Trim();
}

/// <summary>git did not do what it was asked.</summary>
/// <param name="message">What was asked and what git said.</param>
internal sealed class GitException(string message) : Exception(message);
