using System.Text.Encodings.Web;
using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Phases;

/// <summary>
/// What else is known of a phase: test count, files changed, exit code. A JSON object whose members later facts may add to and, when they
/// close the phase, replace; never remove.
/// </summary>
public static class PhaseMetadata
{
    /// <summary>The largest metadata, in bytes of compact UTF-8 JSON.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>
    /// The deepest metadata, in levels of objects and arrays, itself the first. Parsers commonly stop at 64, and the line of a file adds two.
    /// </summary>
    public const int MaxDepth = 60;

    /// <summary>What is accepted as metadata.</summary>
    public const string Accepted = "a JSON object of at most 16384 bytes and 60 levels, or null";

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>True for a JSON object of at most <see cref="MaxBytes"/>, in which nothing is unusable.</summary>
    public static bool IsAcceptable(JsonElement metadata) =>
        metadata.ValueKind == JsonValueKind.Object && FindUnusable(metadata, "metadata") is null && ToUtf8(metadata).Length <= MaxBytes;

    /// <summary>The compact text in which metadata is stored and measured.</summary>
    public static string ToText(JsonElement metadata) => System.Text.Encoding.UTF8.GetString(ToUtf8(metadata));

    /// <summary>True when every member of <paramref name="part"/> stands in <paramref name="whole"/> with the same value.</summary>
    internal static bool Covers(JsonElement? whole, JsonElement? part)
    {
        if (part is null)
        {
            return true;
        }

        return whole is not null
            && part.Value.EnumerateObject().All(member =>
                whole.Value.TryGetProperty(member.Name, out var known) && JsonElement.DeepEquals(known, member.Value));
    }

    /// <summary>True when no member stands in both with different values.</summary>
    internal static bool Agree(JsonElement? first, JsonElement? second) =>
        first is null || second is null
        || second.Value.EnumerateObject().All(member =>
            !first.Value.TryGetProperty(member.Name, out var known) || JsonElement.DeepEquals(known, member.Value));

    /// <summary>All members of both; where both have one, that of <paramref name="later"/>.</summary>
    internal static JsonElement? Merge(JsonElement? earlier, JsonElement? later)
    {
        if (earlier is null || later is null)
        {
            return later ?? earlier;
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in earlier.Value.EnumerateObject().Concat(later.Value.EnumerateObject()))
        {
            members[member.Name] = member.Value;
        }

        return JsonSerializer.SerializeToElement(members);
    }

    /// <summary>What JSON allows and nobody can store and give back the same: a member twice, text that is half a character, nesting without end.</summary>
    internal static FactError? FindUnusable(JsonElement json, string path, int depth = 0)
    {
        if (depth >= MaxDepth && json.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            return new FactError(path[..path.AsSpan().IndexOfAny('.', '[')], JsonText.Raw(json), $"objects and arrays nested at most {MaxDepth} deep");
        }

        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return JsonText.TryGetString(json, out _) ? null : new FactError(path, JsonText.Raw(json), "text of valid Unicode");

            case JsonValueKind.Array:
                return json.EnumerateArray().Select((item, index) => FindUnusable(item, $"{path}[{index}]", depth + 1)).FirstOrDefault(error => error is not null);

            case JsonValueKind.Object:
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

            default:
                return null;
        }
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
