using System.Globalization;

namespace RunMetrics.Runner.Display;

/// <summary>Shows in a live line how far a transfer is.</summary>
/// <param name="line">The line; null to show nothing.</param>
/// <param name="time">The clock.</param>
internal sealed class TransferProgress(LiveLine? line, TimeProvider time)
{
    private const int MaxLengthOfBar = 40;

    /// <summary>On a terminal, that of the error output; elsewhere it shows nothing.</summary>
    public static TransferProgress OnErrorOutput(TimeProvider time)
    {
        var console = new RunnerConsole(factsOnly: true, time);
        return new TransferProgress(console.IsLive ? console.Line : null, time);
    }

    /// <summary>Shows progress while something is transferred.</summary>
    /// <param name="what">What is going on, in a word.</param>
    /// <param name="measure">Tells how much there is to transfer; 0 where nobody knows. Asked on a terminal alone.</param>
    /// <param name="transfer">Transfers, and says each time how much of it is done.</param>
    public async Task WhileAsync(string what, Func<Task<double>> measure, Func<Action<double>, Task> transfer)
    {
        if (line is null)
        {
            await transfer(_ => { });
            return;
        }

        var started = time.GetTimestamp();
        var (done, total) = (0.0, 0.0);
        await line.WhileAsync(
            width => Describe(what, total > 0 ? Math.Min(done / total, 1) : null, time.GetElapsedTime(started), width),
            async () =>
            {
                total = await measure();
                await transfer(amount => done = amount);
                return true;
            });
    }

    private static string Describe(string what, double? fraction, TimeSpan elapsed, int width)
    {
        var seconds = DisplayText.Seconds(elapsed.TotalSeconds);
        if (fraction is not { } part)
        {
            return $"{what} {seconds}";
        }

        var figures = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(part * 100),3} % {seconds}");
        var length = Math.Clamp(width - what.Length - figures.Length - 2, 0, MaxLengthOfBar);
        var filled = (int)(part * length);
        return $"{what} {new string('█', filled)}{new string('░', length - filled)} {figures}";
    }
}
