using System.Text.RegularExpressions;

namespace RunMetrics.Runner.Display;

/// <summary>Text that somebody else has written, without what would command the terminal.</summary>
internal static partial class PrintableText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text without the sequences that colour it or move the cursor; any other control character is replaced.</summary>
    public static string Of(string text) => string.Concat(EscapeSequence().Replace(text, "").Select(character => character switch
    {
        '\t' => ' ',
        _ when char.IsControl(character) => Replacement,
        _ => character,
    }));

    /// <summary>The same on one line and not longer than asked for.</summary>
    public static string Of(string text, int maxLength)
    {
        var line = Of(text.ReplaceLineEndings(" "));
        return line.Length <= maxLength ? line : $"{line[..(maxLength - 1)]}…";
    }

    // ECMA-48: control sequences, strings such as titles and links up to their end, and the two-character rest.
    [GeneratedRegex(@"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EscapeSequence();
}
