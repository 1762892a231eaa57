using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace RunMetrics.Domain.Facts;

/// <summary>Text out of JSON that may hold what is no text: an escape such as <c>\ud800</c> that stands alone, or bytes that are not UTF-8.</summary>
internal static class JsonText
{
    // More than any message shows: what is longer is cut there.
    private const int MaxRawBytes = 1024;

    /// <summary>The beginning of a value as it was written, with a substitute for each byte that is not UTF-8.</summary>
    public static string Raw(JsonElement json) => Decode(JsonMarshal.GetRawUtf8Value(json));

    /// <summary>The beginning of a name as it was written, with a substitute for each byte that is not UTF-8.</summary>
    public static string RawName(JsonProperty property) => Decode(JsonMarshal.GetRawUtf8PropertyName(property));

    public static bool TryGetString(JsonElement json, out string? text) => TryRead(() => json.GetString(), out text);

    public static bool TryGetName(JsonProperty property, out string name) => TryRead(() => property.Name, out name!);

    private static string Decode(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxRawBytes)]);

    // The framework offers no other way to learn that the text is none.
    private static bool TryRead(Func<string?> read, out string? text)
    {
        try
        {
            text = read();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }
}
