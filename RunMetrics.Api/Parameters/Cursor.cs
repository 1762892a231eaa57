using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RunMetrics.Api.Parameters;

/// <summary>
/// A place in a list as text that clients pass on without looking into it. It belongs to the question whose answer it stood in: changed, or with
/// other filters, it is refused rather than taken for another place.
/// </summary>
internal static class Cursor
{
    public const string Accepted = "next_cursor of the page before, with the same filters";

    private const int SealBytes = 9;
    private const char Separator = '\n';

    /// <summary>The text of a place.</summary>
    /// <param name="question">What is listed.</param>
    /// <param name="place">The key of the last item, in parts.</param>
    public static string Encode(string question, params string[] place)
    {
        var text = Encoding.UTF8.GetBytes(string.Join(Separator, place));
        return Base64Url.EncodeToString([.. Seal(question, text), .. text]);
    }

    /// <summary>The parts of a place; null for a text that was not made for this question.</summary>
    public static string[]? TryDecode(string question, string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        var isOurs = bytes.Length > SealBytes && Seal(question, bytes.AsSpan(SealBytes)).SequenceEqual(bytes.AsSpan(0, SealBytes));

        // Base64 reads several texts as the same bytes; only one of them was given out.
        return isOurs && Base64Url.EncodeToString(bytes) == cursor ? Encoding.UTF8.GetString(bytes.AsSpan(SealBytes)).Split(Separator) : null;
    }

    private static ReadOnlySpan<byte> Seal(string question, ReadOnlySpan<byte> text) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(question), 0, .. text]).AsSpan(0, SealBytes);
}
