using System.Text;

namespace RunMetrics.Runner.Display;

/// <summary>Writes what can be written: a closed terminal or a full disk must not break off what is only shown there.</summary>
/// <param name="inner">What is written to.</param>
internal sealed class BestEffortWriter(TextWriter inner) : TextWriter
{
    /// <inheritdoc />
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts one in front of the console's output and error output.</summary>
    public static void UseForConsole()
    {
        Console.SetOut(new BestEffortWriter(Console.Out));
        Console.SetError(new BestEffortWriter(Console.Error));
    }

    /// <inheritdoc />
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc />
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc />
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc />
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc />
    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // Nobody reads it.
        }
    }
}
