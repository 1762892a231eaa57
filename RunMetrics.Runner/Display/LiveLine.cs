using Spectre.Console;
using Spectre.Console.Rendering;

namespace RunMetrics.Runner.Display;

/// <summary>
/// The last line of a terminal, which says what goes on and is drawn anew ten times a second. Whatever else is written to the console meanwhile
/// stands above it.
/// </summary>
internal sealed class LiveLine(IAnsiConsole console, TimeProvider time) : IRenderHook
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A terminal echoes ^C where the cursor is; a line that this made longer than the terminal would be two.
    private const int ColumnsForEcho = 4;

    private readonly long _started = time.GetTimestamp();
    private volatile Func<int, string>? _describe;
    private int _drawnColumns;

    /// <summary>True while the line is shown.</summary>
    public bool IsShown => _describe is not null;

    /// <summary>Shows the line while something is worked on.</summary>
    /// <param name="describe">Says what goes on, in at most as many columns as it is given; what is longer is shortened.</param>
    /// <param name="work">Does it.</param>
    public async Task<T> WhileAsync<T>(Func<int, string> describe, Func<Task<T>> work)
    {
        // The cursor is hidden meanwhile, and a program whose end is forced has no other time to show it again.
        void OnForcedExit(object? sender, EventArgs args) => Hide();
        AppDomain.CurrentDomain.ProcessExit += OnForcedExit;
        console.Pipeline.Attach(this);
        _describe = describe;
        try
        {
            await using var timer = time.CreateTimer(_ => Redraw(), state: null, TimeSpan.Zero, Interval);
            return await work();
        }
        finally
        {
            Hide();
            console.Pipeline.Detach(this);
            AppDomain.CurrentDomain.ProcessExit -= OnForcedExit;
        }
    }

    /// <summary>Draws the line anew.</summary>
    public void Redraw() => console.Write(new ControlCode(""));

    /// <inheritdoc />
    /// <remarks>The console calls it for each thing that is written, one at a time.</remarks>
    IEnumerable<IRenderable> IRenderHook.Process(RenderOptions options, IEnumerable<IRenderable> renderables)
    {
        var width = console.Profile.Width;
        var (columns, draw) = Draw(width);
        var clear = ControlCode.Create(console, writer => Clear(writer, width));
        _drawnColumns = columns;
        return [clear, .. renderables, draw];
    }

    private void Hide()
    {
        _describe = null;
        Redraw();
    }

    /// <summary>A terminal that has become narrower since has wrapped the line.</summary>
    private void Clear(AnsiWriter writer, int width)
    {
        var rowsAbove = (Math.Max(_drawnColumns, 1) - 1) / Math.Max(width, 1);
        writer.Write("\r");
        if (rowsAbove > 0)
        {
            writer.CursorUp(rowsAbove);
        }

        writer.EraseInDisplay(0);
    }

    private (int Columns, ControlCode Code) Draw(int width)
    {
        if (_describe is not { } describe)
        {
            return (0, ControlCode.Create(console, writer => writer.ShowCursor()));
        }

        var spinner = console.Profile.Capabilities.Unicode ? Spinner.Known.Dots : Spinner.Known.Line;
        var frame = spinner.Frames[(int)(time.GetElapsedTime(_started) / Interval) % spinner.Frames.Count];
        var room = Math.Max(width - ColumnsForEcho - frame.GetCellWidth() - 1, 1);
        var text = TextLayout.Shorten(PrintableText.Of(describe(room)), room);
        var code = ControlCode.Create(console, writer =>
        {
            writer.HideCursor();
            writer.Write($"{frame} ", new Style(Color.Yellow));
            writer.Write(text);
        });
        return (frame.GetCellWidth() + 1 + text.GetCellWidth(), code);
    }
}
