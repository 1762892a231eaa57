using System.Collections.Concurrent;
using System.Diagnostics;

namespace RunMetrics.Tests.Support;

/// <summary>A real process that a test started and may kill; it never outlives the test.</summary>
public sealed class OwnedProcess : IDisposable
{
    /// <summary>How long a command of the SDK may take that compiles or restores.</summary>
    public static readonly TimeSpan BuildTimeLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private OwnedProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts <c>dotnet ASSEMBLY ARGUMENTS</c>; an environment variable set to null is removed.</summary>
    public static OwnedProcess StartDotnet(
        string assemblyFile, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingFolder = null) =>
        Start("dotnet", [assemblyFile, .. arguments], environment, workingFolder);

    /// <summary>Starts a program; an environment variable set to null is removed.</summary>
    public static OwnedProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingFolder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? Environment.CurrentDirectory,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // They end before code that was compiled for what it does most would pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        var owned = new OwnedProcess(new Process { StartInfo = start });
        owned._process.OutputDataReceived += (_, line) => Keep(owned._output, line.Data);
        owned._process.ErrorDataReceived += (_, line) => Keep(owned._errors, line.Data);
        owned._process.Start();
        owned._process.BeginOutputReadLine();
        owned._process.BeginErrorReadLine();
        return owned;
    }

    /// <summary>Gives the process its whole input.</summary>
    public async Task WriteInputAsync(ReadOnlyMemory<byte> input)
    {
        await _process.StandardInput.BaseStream.WriteAsync(input);
        _process.StandardInput.Close();
    }

    /// <summary>Waits for the process to end by itself.</summary>
    /// <param name="timeLimit">How long it may take; a minute when it is null.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? timeLimit = null)
    {
        using var limit = new CancellationTokenSource(timeLimit ?? TimeLimit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits for a line of output that satisfies <paramref name="find"/>.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or a minute passed, without it.</exception>
    public async Task<string> WaitForOutputAsync(Func<string, bool> find)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var ended = _process.HasExited;
            if (_output.FirstOrDefault(find) is { } line)
            {
                return line;
            }

            if (ended || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The line did not come.\n{Output}\n{Errors}");
            }

            await poll.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Ends the process as <c>kill -9</c> does: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
