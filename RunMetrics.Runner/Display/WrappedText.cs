using Spectre.Console;
using Spectre.Console.Rendering;

namespace RunMetrics.Runner.Display;

/// <summary>A line of text, broken between words where the terminal is narrower: see <see cref="TextLayout.Wrap"/>.</summary>
internal sealed class WrappedText(string text, Style? style = null) : Renderable
{
    /// <inheritdoc />
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in TextLayout.Wrap(text, maxWidth))
        {
            yield return new Segment(line, style ?? Style.Plain);
            yield return Segment.LineBreak;
        }
    }
}
