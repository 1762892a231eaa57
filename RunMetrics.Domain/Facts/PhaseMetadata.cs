using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RunMetrics.Domain.Facts;

/// <summary>
/// What else is known of a phase: test count, files changed, exit code. A JSON object whose members later facts may add to and, when they
/// close the phase, replace; never remove.
/// </summary>
internal static class PhaseMetadata
{
    /// <summary>The largest metadata, in bytes of compact UTF-8 JSON.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>
    /// The deepest metadata, in levels of objects and arrays, itself the first. Parsers commonly stop at 64, and the line of a file adds two.
    /// </summary>
    public const int MaxDepth = 60;

    private const string Field = "metadata";

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What another program has stored may nest as deeply as SQLite's own JSON functions go.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    /// <summary>What is accepted as metadata.</summary>
    public static string Accepted { get; } = $"a JSON object of at most {MaxBytes} bytes and {MaxDepth} levels, or null";

    /// <summary>The compact form in which metadata is stored and measured.</summary>
    public static JsonElement Normalize(JsonElement metadata) => JsonElement.Parse(ToUtf8(metadata), Deep);

    /// <summary>Reads stored metadata; what it says is not looked at.</summary>
    public static JsonElement Parse(string text) => JsonElement.Parse(text, Deep);

    /// <summary>False when a text in it is half a character.</summary>
    public static bool IsReadable(JsonElement metadata)
    {
        // Only an escape can be half a character, and hardly any metadata has one of this kind.
        var raw = JsonMarshal.GetRawUtf8Value(metadata);
        return (raw.IndexOf(@"\ud"u8) < 0 && raw.IndexOf(@"\uD"u8) < 0) || HasReadableTexts(metadata);
    }

    /// <summary>The text of metadata without the blanks between its parts, and without a look at what it says.</summary>
    public static byte[] ToCompactText(JsonElement metadata)
    {
        var compact = new List<byte>();
        var (isInText, isEscaped) = (false, false);
        foreach (var character in JsonMarshal.GetRawUtf8Value(metadata))
        {
            if (isInText || character is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                compact.Add(character);
            }

            isInText ^= character == '"' && !isEscaped;
            isEscaped = isInText && character == '\\' && !isEscaped;
        }

        return [.. compact];
    }

    /// <summary>
    /// What is wrong with metadata, or null: that it is no object or too large, and what JSON allows and nobody can store and give back the same,
    /// a member twice, text that is half a character, nesting without end.
    /// </summary>
    internal static FactError? FindFault(JsonElement metadata) =>
        metadata.ValueKind != JsonValueKind.Object ? new FactError(Field, metadata.ValueKind == JsonValueKind.Undefined ? "" : JsonText.Raw(metadata), Accepted)
        : FindUnusable(metadata, Field, depth: 1) is { } unusable ? unusable
        : ToUtf8(metadata).Length > MaxBytes ? new FactError(Field, JsonText.Raw(metadata), Accepted)
        : null;

    /// <summary>True when every member of <paramref name="part"/> stands in <paramref name="whole"/> with the same value.</summary>
    internal static bool Covers(JsonElement? whole, JsonElement? part) =>
        part is null || (whole is not null && part.Value.EnumerateObject().All(member =>
            whole.Value.TryGetProperty(member.Name, out var known) && JsonElement.DeepEquals(known, member.Value)));

    /// <summary>True when no member stands in both with different values.</summary>
    internal static bool Agree(JsonElement? first, JsonElement? second) =>
        first is null || second is null || second.Value.EnumerateObject().All(member =>
            !first.Value.TryGetProperty(member.Name, out var known) || JsonElement.DeepEquals(known, member.Value));

    /// <summary>The members whose names do not stand in <paramref name="known"/>; null when there are none.</summary>
    internal static JsonElement? Without(JsonElement metadata, JsonElement? known)
    {
        var rest = metadata.EnumerateObject()
            .Where(member => known?.TryGetProperty(member.Name, out _) != true)
            .ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        return rest.Count > 0 ? JsonSerializer.SerializeToElement(rest) : null;
    }

    /// <summary>All members of both, normalized; where both have one, that of <paramref name="later"/>.</summary>
    internal static JsonElement? Merge(JsonElement? earlier, JsonElement? later)
    {
        if (earlier is null || later is null)
        {
            return later is null ? earlier : Normalize(later.Value);
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in earlier.Value.EnumerateObject().Concat(later.Value.EnumerateObject()))
        {
            members[member.Name] = member.Value;
        }

        return Normalize(JsonSerializer.SerializeToElement(members));
    }

    private static bool HasReadableTexts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => JsonText.TryGetString(json, out _),
        JsonValueKind.Array => json.EnumerateArray().All(HasReadableTexts),
        JsonValueKind.Object => json.EnumerateObject().All(member => JsonText.TryGetName(member, out _) && HasReadableTexts(member.Value)),
        _ => true,
    };

    private static FactError? FindUnusable(JsonElement json, string path, int depth)
    {
        if (depth > MaxDepth && json.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            return new FactError(Field, JsonText.Raw(json), $"objects and arrays nested at most {MaxDepth} deep");
        }

        return json.ValueKind switch
        {
            JsonValueKind.String => JsonText.TryGetString(json, out _) ? null : new FactError(path, JsonText.Raw(json), "text of valid Unicode"),
            JsonValueKind.Array => json.EnumerateArray()
                .Select((item, index) => FindUnusable(item, $"{path}[{index}]", depth + 1))
                .FirstOrDefault(error => error is not null),
            JsonValueKind.Object => FindUnusableMember(json, path, depth),
            _ => null,
        };
    }

    private static FactError? FindUnusableMember(JsonElement json, string path, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (!JsonText.TryGetName(member, out var name))
            {
                return new FactError(path, JsonText.RawName(member), "names of valid Unicode");
            }

            if (!names.Add(name))
            {
                return new FactError($"{path}.{name}", JsonText.Raw(member.Value), "the field once");
            }

            if (FindUnusable(member.Value, $"{path}.{name}", depth + 1) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static byte[] ToUtf8(JsonElement metadata)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            metadata.WriteTo(writer);
        }

        return buffer.ToArray();
    }
}
