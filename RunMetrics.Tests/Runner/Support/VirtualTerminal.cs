using System.Globalization;
using System.Text;
using Spectre.Console;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>
/// A terminal of a test's own: it takes what a program writes, with the sequences that move the cursor and erase, and has on its screen what a person
/// would see. A sequence that it does not know is an error. Characters are one column wide.
/// </summary>
internal sealed class VirtualTerminal : TextWriter, IAnsiConsoleOutput
{
    private const char Escape = '\u001b';

    private readonly Lock _gate = new();
    private readonly StringBuilder _sequence = new();
    private List<Row> _rows = [new(Continues: false)];
    private int _row;
    private int _column;

    /// <summary>True when the last column was written: the next character goes to the next row.</summary>
    private bool _isWrapPending;

    public VirtualTerminal(int width)
        : base(CultureInfo.InvariantCulture)
    {
        Width = width;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = this,
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
        });
        Console.Profile.Capabilities.Unicode = true;
    }

    public IAnsiConsole Console { get; }

    public int Width { get; private set; }

    public int Height => 1000;

    public bool IsTerminal => true;

    public bool IsCursorVisible { get; private set; } = true;

    public TextWriter Writer => this;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>What stands on the screen, row by row, without the blanks at their ends and the empty rows at the end.</summary>
    public IReadOnlyList<string> Rows
    {
        get
        {
            lock (_gate)
            {
                var rows = _rows.Select(row => row.Text.ToString().TrimEnd()).ToList();
                return rows[..(rows.FindLastIndex(row => row.Length > 0) + 1)];
            }
        }
    }

    /// <summary>The words that a person reads, whole or torn as they stand in the rows.</summary>
    public IEnumerable<string> Words => Rows.SelectMany(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The rows of a live line, dead ones among them: they begin with what turns there.</summary>
    public IEnumerable<string> LiveRows => Rows.Where(row => row.Length > 0 && Spinner.Known.Dots.Frames.Contains(row[..1], StringComparer.Ordinal));

    public override void Write(char value)
    {
        lock (_gate)
        {
            Take(value);
        }
    }

    public override void Write(string? value)
    {
        lock (_gate)
        {
            foreach (var character in value ?? "")
            {
                Take(character);
            }
        }
    }

    public void SetEncoding(Encoding encoding)
    {
        // It takes characters.
    }

    /// <summary>Makes the terminal wider or narrower.</summary>
    /// <param name="width">The new width.</param>
    /// <param name="wraps">True for a terminal that wraps its lines anew, as most do; false for one that cuts them off, as xterm does.</param>
    public void Resize(int width, bool wraps = true)
    {
        lock (_gate)
        {
            if (wraps)
            {
                WrapAnew(width);
            }
            else
            {
                _rows.ForEach(row => row.Text.Length = Math.Min(row.Text.Length, width));
                _column = Math.Min(_column, width - 1);
            }

            _isWrapPending = false;
            Width = width;
        }
    }

    private void WrapAnew(int width)
    {
        var rows = new List<Row>();
        var (cursorRow, cursorColumn) = (0, 0);
        for (var start = 0; start < _rows.Count;)
        {
            var end = start + 1;
            while (end < _rows.Count && _rows[end].Continues)
            {
                end++;
            }

            var line = string.Concat(_rows[start..end].Select(row => row.Text.ToString()));
            if (_row >= start && _row < end)
            {
                var offset = _rows[start.._row].Sum(row => row.Text.Length) + _column;
                (cursorRow, cursorColumn) = (rows.Count + (offset / width), offset % width);
            }

            for (var offset = 0; offset == 0 || offset < line.Length; offset += width)
            {
                rows.Add(new Row(Continues: offset > 0, line.AsSpan(offset, Math.Min(width, line.Length - offset)).ToString()));
            }

            start = end;
        }

        while (rows.Count <= cursorRow)
        {
            rows.Add(new Row(Continues: true));
        }

        (_rows, _row, _column) = (rows, cursorRow, cursorColumn);
    }

    private void Take(char character)
    {
        if (_sequence.Length > 0 || character == Escape)
        {
            _sequence.Append(character);
            if (IsSequenceComplete())
            {
                Obey(_sequence.ToString()[1..]);
                _sequence.Clear();
            }

            return;
        }

        switch (character)
        {
            case '\r':
                (_column, _isWrapPending) = (0, false);
                break;
            case '\n':
                BeginRow(continues: false);
                break;
            default:
                Put(character);
                break;
        }
    }

    private void Put(char character)
    {
        if (_isWrapPending)
        {
            BeginRow(continues: true);
        }

        var text = _rows[_row].Text;
        text.Append(' ', Math.Max(_column + 1 - text.Length, 0));
        text[_column] = character;
        _isWrapPending = _column == Width - 1;
        _column = Math.Min(_column + 1, Width - 1);
    }

    private void BeginRow(bool continues)
    {
        (_row, _column, _isWrapPending) = (_row + 1, 0, false);
        if (_row == _rows.Count)
        {
            _rows.Add(new Row(continues));
        }
        else
        {
            _rows[_row] = _rows[_row] with { Continues = continues };
        }
    }

    private bool IsSequenceComplete() => _sequence.Length == 2 ? _sequence[1] != '[' : _sequence.Length > 2 && _sequence[^1] is >= '@' and <= '~';

    private void Obey(string sequence)
    {
        switch (sequence)
        {
            case ['[', .. var rows, 'A']:
                (_row, _isWrapPending) = (Math.Max(_row - int.Parse(rows, CultureInfo.InvariantCulture), 0), false);
                break;
            case "[J" or "[0J":
                _rows[_row].Text.Length = Math.Min(_rows[_row].Text.Length, _column);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            case "[?25h" or "[?25l":
                IsCursorVisible = sequence[^1] == 'h';
                break;
            case ['[', .., 'm']:
                break;
            case "=" or ">" or "[?1h" or "[?1l":
                // What its keys send.
                break;
            default:
                throw new InvalidOperationException($"The terminal does not know ESC {sequence}.");
        }
    }

    private sealed record Row(bool Continues)
    {
        public Row(bool Continues, string text)
            : this(Continues) => Text.Append(text);

        public StringBuilder Text { get; } = new();
    }
}
