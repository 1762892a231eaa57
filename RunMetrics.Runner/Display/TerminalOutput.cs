using System.Text;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Where a console writes, with the size that its terminal has at each moment.</summary>
/// <param name="writer">Where to.</param>
/// <param name="isTerminal">True for a terminal; anything else is as wide as no line is long.</param>
internal sealed class TerminalOutput(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
{
    // What a terminal has that does not tell.
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    private const int WidthElsewhere = 160;

    /// <inheritdoc />
    public TextWriter Writer => writer;

    /// <inheritdoc />
    public bool IsTerminal => isTerminal;

    /// <inheritdoc />
    public int Width => isTerminal ? Measure(() => Console.WindowWidth, UsualWidth) : WidthElsewhere;

    /// <inheritdoc />
    public int Height => isTerminal ? Measure(() => Console.WindowHeight, UsualHeight) : UsualHeight;

    /// <inheritdoc />
    public void SetEncoding(Encoding encoding)
    {
        // The writer has its own.
    }

    private static int Measure(Func<int> measure, int usual)
    {
        try
        {
            return measure() is > 0 and var size ? size : usual;
        }
        catch (IOException)
        {
            return usual;
        }
    }
}
