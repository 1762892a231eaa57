namespace RunMetrics.Benchmarks.Reporting;

/// <summary>A table as documents have it, aligned so that a terminal shows it well.</summary>
/// <param name="header">The names of the columns.</param>
internal sealed class Table(params IReadOnlyList<string> header)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <summary>Prints the table under a heading.</summary>
    public void Print(string heading)
    {
        var widths = header.Select((name, column) => _rows.Select(row => row[column].Length).Append(name.Length).Max()).ToList();
        Console.WriteLine(heading);
        Console.WriteLine();
        Console.WriteLine(Line(header, widths));
        Console.WriteLine($"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|");
        foreach (var row in _rows)
        {
            Console.WriteLine(Line(row, widths));
        }

        Console.WriteLine();
    }

    private static string Line(IReadOnlyList<string> cells, IReadOnlyList<int> widths) =>
        $"| {string.Join(" | ", cells.Zip(widths, (cell, width) => cell.PadRight(width)))} |";
}
