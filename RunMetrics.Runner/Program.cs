using System.CommandLine;
using System.CommandLine.Invocation;
using RunMetrics.Data.Startup;
using RunMetrics.Runner.Commands;
using RunMetrics.Runner.Git;

using var cancellation = new CancelOnSignal();
var parsed = RunnerCommands.Make(TimeProvider.System).Parse(args);
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
    return await parsed.InvokeAsync(configuration, cancellation.Token);
}
catch (Exception exception) when (exception is RefusedException or DatabaseRefusedException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCodes.BadUsage;
}
catch (OperationCanceledException) when (cancellation.Token.IsCancellationRequested)
{
    return ExitCodes.Cancelled;
}
catch (Exception exception) when (exception is GitException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return ExitCodes.NotMerged;
}
