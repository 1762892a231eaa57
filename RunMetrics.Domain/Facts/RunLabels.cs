using System.Text;

namespace RunMetrics.Domain.Facts;

/// <summary>The labels of a run: what tells it from others, such as agent, model or size of the task.</summary>
internal static class RunLabels
{
    /// <summary>How many labels a run has at most.</summary>
    public const int MaxCount = 16;

    /// <summary>The longest value, in characters of Unicode.</summary>
    public const int MaxValueLength = 128;

    /// <summary>What is accepted as labels.</summary>
    public static readonly string Accepted = $"a JSON object of text to text with at most {MaxCount} names, or null";

    /// <summary>What is accepted as the name of a label.</summary>
    public static readonly string AcceptedName = $"names of {Identifiers.Accepted}";

    /// <summary>What is accepted as the value of a label.</summary>
    public static readonly string AcceptedValue = $"1 to {MaxValueLength} characters of valid Unicode without NUL";

    /// <summary>What is accepted as a label in one text.</summary>
    public static readonly string AcceptedText = $"NAME:VALUE, the name {Identifiers.Accepted} with %3A for a colon, the value {AcceptedValue}";

    private const string EscapedColon = "%3A";

    /// <summary>No labels.</summary>
    public static IReadOnlyDictionary<string, string> None { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A label in one text: <c>name:value</c>. A colon in the name is written <c>%3A</c>, which no name holds otherwise.</summary>
    public static string ToText(string name, string value) => $"{name.Replace(":", EscapedColon, StringComparison.Ordinal)}:{value}";

    /// <summary>Reads what <see cref="ToText"/> writes.</summary>
    public static bool TryParse(string text, out KeyValuePair<string, string> label)
    {
        label = text.Split(':', 2) is [var name, var value]
            ? KeyValuePair.Create(name.Replace(EscapedColon, ":", StringComparison.OrdinalIgnoreCase), value)
            : default;
        return Identifiers.IsValid(label.Key) && IsValidValue(label.Value);
    }

    /// <summary>All that is wrong with labels.</summary>
    public static IEnumerable<FactError> FindFaults(IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            yield break;
        }

        if (labels.Count > MaxCount)
        {
            yield return new FactError("labels", $"{labels.Count} labels", Accepted);
        }

        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            if (!Identifiers.IsValid(name))
            {
                yield return new FactError("labels", name, AcceptedName);
            }
            else if (!IsValidValue(value))
            {
                yield return new FactError($"labels.{name}", value, AcceptedValue);
            }
        }
    }

    /// <summary>True for what may be the value of a label.</summary>
    public static bool IsValidValue(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return false;
        }

        // Half a character cannot be stored, and NUL ends a text in some databases.
        var length = 0;
        var rest = value.AsSpan();
        while (Rune.DecodeFromUtf16(rest, out var character, out var taken) == System.Buffers.OperationStatus.Done && character.Value != 0)
        {
            length++;
            rest = rest[taken..];
        }

        return rest.IsEmpty && length <= MaxValueLength;
    }
}
