using System.Globalization;
using System.Text;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Fits text into the columns of a terminal.</summary>
internal static class TextLayout
{
    private const string Ellipsis = "…";
    private const int HangingIndent = 2;

    /// <summary>A text that is too long without its middle: what a path ends with tells more than what is in between.</summary>
    public static string Shorten(string text, int columns)
    {
        if (text.GetCellWidth() <= columns)
        {
            return text;
        }

        var room = Math.Max(columns - Ellipsis.Length, 0);
        var elements = StringInfo.GetTextElementEnumerator(text).AsEnumerable().ToList();
        var start = Take(elements, room / 2);
        var end = Take(elements.AsEnumerable().Reverse(), room - (room / 2)).Reverse();
        return string.Concat([.. start, Ellipsis, .. end]);
    }

    /// <summary>
    /// A text in lines that break between words; all but the first are indented. A word that is longer than a line stands on a line of its own, for
    /// the terminal to wrap: so a path can still be copied as a whole.
    /// </summary>
    public static IEnumerable<string> Wrap(string text, int columns)
    {
        if (text.GetCellWidth() <= columns)
        {
            return [text];
        }

        var indent = new string(' ', text.Length - text.TrimStart(' ').Length);
        var lines = new List<StringBuilder> { new(indent) };
        var hasWord = false;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var line = lines[^1];
            if (hasWord && line.ToString().GetCellWidth() + 1 + word.GetCellWidth() > columns)
            {
                line = new StringBuilder(indent).Append(' ', HangingIndent);
                lines.Add(line);
                hasWord = false;
            }

            line.Append(hasWord ? " " : "").Append(word);
            hasWord = true;
        }

        return lines.Select(line => line.ToString());
    }

    private static IEnumerable<string> Take(IEnumerable<string> elements, int columns)
    {
        var used = 0;
        return elements.TakeWhile(element => (used += element.GetCellWidth()) <= columns);
    }

    private static IEnumerable<string> AsEnumerable(this TextElementEnumerator elements)
    {
        while (elements.MoveNext())
        {
            yield return elements.GetTextElement();
        }
    }
}
