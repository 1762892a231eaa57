using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Where this program writes: live on a terminal, plain lines elsewhere, and on the error output when the output is for facts alone.</summary>
internal sealed class RunnerConsole
{
    private const int WidthElsewhere = 160;

    /// <summary>Chooses.</summary>
    /// <param name="factsOnly">True when standard output is for facts alone.</param>
    /// <param name="time">The clock.</param>
    public RunnerConsole(bool factsOnly, TimeProvider time)
    {
        var isTerminal = !(factsOnly ? Console.IsErrorRedirected : Console.IsOutputRedirected)
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        Lines = factsOnly ? Console.Error : Console.Out;
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Lines),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            // Nobody tells how wide a file may be: no row is broken for it.
            Ansi.Profile.Width = WidthElsewhere;
        }

        IsLive = isTerminal;
        Display = isTerminal ? new LiveDisplay(Ansi, time) : new PlainDisplay(Lines, time);
    }

    /// <summary>True on a terminal.</summary>
    public bool IsLive { get; }

    /// <summary>Where progress is shown.</summary>
    public IRunDisplay Display { get; }

    /// <summary>Where tables are shown.</summary>
    public IAnsiConsole Ansi { get; }

    /// <summary>Where plain lines go.</summary>
    public TextWriter Lines { get; }
}
