using System.CommandLine;
using System.CommandLine.Invocation;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Commands;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Processes;

var root = new RootCommand(
    "Works work orders of coding agents in git repositories, records how long every phase takes, and tells what was recorded.\n"
    + "Exit codes: 0 done (of a run: merged, or nothing to merge), 1 failed or not approved, 2 bad usage, 130 cancelled.")
{
    RunCommand.Make(TimeProvider.System),
    ResumeCommand.Make(TimeProvider.System),
    DemoCommand.Make(TimeProvider.System),
    StatsCommand.Make(TimeProvider.System),
    ExportCommand.Make(TimeProvider.System),
    ImportCommand.Make(TimeProvider.System),
    SpoolCommand.Make(TimeProvider.System),
    DbCommand.Make(TimeProvider.System),
};

BestEffortWriter.UseForConsole();
using var signals = new SignalCancellation(TimeProvider.System, ExitCodes.Cancelled);
var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync("See: runmetrics --help, runmetrics run --help");
    return ExitCodes.BadUsage;
}

try
{
    // Signals are this program's own matter: a run that is called off takes as long to end as it takes.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(configuration, signals.Token);
}
catch (Exception exception) when (exception is RefusedException or DatabaseRefusedException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCodes.BadUsage;
}
catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
{
    return ExitCodes.Cancelled;
}
catch (Exception exception) when (exception is GitException or StoreUnavailableException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCodes.Failed;
}
