using System.Text;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Puts the lines that are written to a terminal above its live line while there is one.</summary>
/// <param name="line">The live line.</param>
/// <param name="console">The terminal that has it.</param>
/// <param name="inner">Where to write while there is none.</param>
internal sealed class LiveLineWriter(LiveLine line, IAnsiConsole console, TextWriter inner) : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _begun = new();

    /// <inheritdoc />
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc />
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc />
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc />
    public override void Write(string? value)
    {
        lock (_gate)
        {
            _begun.Append(value);
            if (!line.IsShown)
            {
                inner.Write(_begun.ToString());
                _begun.Clear();
                return;
            }

            var lines = _begun.ToString().Split('\n');
            foreach (var whole in lines[..^1])
            {
                console.Write(new WrappedText(PrintableText.Of(whole.TrimEnd('\r'))));
            }

            _begun.Clear().Append(lines[^1]);
        }
    }

    /// <inheritdoc />
    public override void WriteLine(string? value) => Write($"{value}{NewLine}");

    /// <inheritdoc />
    public override void Flush() => inner.Flush();
}
