using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Shows on a terminal how far a transfer is; elsewhere nothing.</summary>
internal sealed class TransferProgress(RunnerConsole console)
{
    /// <summary>Shows progress while something is transferred.</summary>
    /// <param name="what">What is going on, in a word.</param>
    /// <param name="measure">Tells how much there is to transfer; 0 where nobody knows. Asked on a terminal alone.</param>
    /// <param name="transfer">Transfers, and says each time how much of it is done.</param>
    public async Task WhileAsync(string what, Func<Task<double>> measure, Func<Action<double>, Task> transfer)
    {
        if (!console.IsLive)
        {
            await transfer(_ => { });
            return;
        }

        await console.Ansi.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(what);
                task.IsIndeterminate = true;
                if (await measure() is > 0 and var total)
                {
                    task.MaxValue = total;
                    task.IsIndeterminate = false;
                }

                await transfer(done => task.Value = task.IsIndeterminate ? 0 : done);
                task.IsIndeterminate = false;
                task.Value = task.MaxValue;
            });
    }
}
