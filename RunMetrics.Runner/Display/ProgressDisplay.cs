namespace RunMetrics.Runner.Display;

/// <summary>Shows what a command that takes long is doing: on a terminal a line that moves, else a line for each step, on the error output.</summary>
internal static class ProgressDisplay
{
    /// <summary>Shows it while something is worked on.</summary>
    /// <param name="doing">What is done first.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">Does it, and tells what it is at.</param>
    public static Task<T> WhileAsync<T>(string doing, TimeProvider time, Func<IProgress<string>, Task<T>> work)
    {
        var console = new RunnerConsole(factsOnly: true, time);
        return console.IsLive
            ? WhileAsync(console.Line, doing, work)
            : WhileAsync(console.Lines, doing, work);
    }

    /// <summary>Shows it in a live line.</summary>
    internal static Task<T> WhileAsync<T>(LiveLine line, string doing, Func<IProgress<string>, Task<T>> work)
    {
        var shown = doing;
        return line.WhileAsync(_ => shown, () => work(new Told(step =>
        {
            shown = $"{doing}: {step}";
            line.Redraw();
        })));
    }

    private static Task<T> WhileAsync<T>(TextWriter lines, string doing, Func<IProgress<string>, Task<T>> work)
    {
        lines.WriteLine(doing);
        return work(new Told(lines.WriteLine));
    }

    /// <summary>Tells at once and in order, as <see cref="Progress{T}"/> does not.</summary>
    private sealed class Told(Action<string> tell) : IProgress<string>
    {
        public void Report(string value) => tell(value);
    }
}
