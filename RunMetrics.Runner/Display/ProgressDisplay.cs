using Spectre.Console;

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
            ? WhileAsync(console.Ansi, doing, work)
            : WhileAsync(console.Lines, doing, work);
    }

    private static async Task<T> WhileAsync<T>(IAnsiConsole console, string doing, Func<IProgress<string>, Task<T>> work)
    {
        // The status line hides the cursor, and a program whose end is forced has no other time to show it again.
        void OnForcedExit(object? sender, EventArgs args) => console.Cursor.Show();
        AppDomain.CurrentDomain.ProcessExit += OnForcedExit;
        try
        {
            return await console.Status().StartAsync(
                Markup.Escape(doing), context => work(new Told(step => context.Status(Markup.Escape($"{doing}: {step}")))));
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= OnForcedExit;
        }
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
