using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>The real program <c>runmetrics</c>, for commands that need no repository.</summary>
internal static class RunnerCommand
{
    /// <summary>Starts it where the environment names no database.</summary>
    public static OwnedProcess Start(params IEnumerable<string> arguments) => StartIn(connectionString: null, arguments);

    /// <summary>Starts it with a connection string in its environment.</summary>
    public static OwnedProcess StartIn(string? connectionString, params IEnumerable<string> arguments) => OwnedProcess.StartDotnet(
        typeof(ExitCodes).Assembly.Location,
        arguments,
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["ConnectionStrings__RunMetrics"] = connectionString });

    /// <summary>Lets it work to its end.</summary>
    public static async Task<FinishedCommand> RunAsync(params IEnumerable<string> arguments)
    {
        using var process = Start(arguments);
        return new FinishedCommand(await process.WaitForExitAsync(), process.Output, process.Errors);
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record FinishedCommand(int ExitCode, string Output, string Errors);
