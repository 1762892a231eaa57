using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>
/// Where this program writes: live on a terminal, plain lines elsewhere, and on the error output when the output is for facts alone. On a terminal
/// all that is written to <see cref="Console"/> from here on stands above the live line, so it is made before anything that may warn.
/// </summary>
internal sealed class RunnerConsole
{
    /// <summary>Chooses.</summary>
    /// <param name="factsOnly">True when standard output is for facts alone.</param>
    /// <param name="time">The clock.</param>
    public RunnerConsole(bool factsOnly, TimeProvider time)
    {
        var isTerminal = !(factsOnly ? Console.IsErrorRedirected : Console.IsOutputRedirected)
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new TerminalOutput(factsOnly ? Console.Error : Console.Out, isTerminal),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        Line = new LiveLine(Ansi, time);
        IsLive = isTerminal && Ansi.Profile.Capabilities.Ansi;
        if (IsLive)
        {
            PutConsoleAboveLine();
        }

        Lines = factsOnly ? Console.Error : Console.Out;
        Display = IsLive ? new LiveDisplay(Ansi, Line, time) : new PlainDisplay(Lines, time);
    }

    /// <summary>True on a terminal.</summary>
    public bool IsLive { get; }

    /// <summary>The last line of the terminal.</summary>
    public LiveLine Line { get; }

    /// <summary>Where progress is shown.</summary>
    public IRunDisplay Display { get; }

    /// <summary>Where tables are shown.</summary>
    public IAnsiConsole Ansi { get; }

    /// <summary>Where plain lines go.</summary>
    public TextWriter Lines { get; }

    private void PutConsoleAboveLine()
    {
        if (!Console.IsOutputRedirected)
        {
            Console.SetOut(new LiveLineWriter(Line, Ansi, Console.Out));
        }

        if (!Console.IsErrorRedirected)
        {
            Console.SetError(new LiveLineWriter(Line, Ansi, Console.Error));
        }
    }
}
