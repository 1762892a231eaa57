using System.CommandLine;
using System.CommandLine.Invocation;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Commands;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Processes;

BestEffortWriter.UseForConsole();
using var signals = new SignalCancellation(TimeProvider.System, ExitCodes.Cancelled);
var parsed = RunnerCommands.Make(TimeProvider.System).Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (var error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync($"See: {RunnerCommands.PathOf(parsed.CommandResult.Command)} --help");
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
