using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RunMetrics.Api.Parameters;

/// <summary>
/// A position in a list as text that clients pass on without looking into it. It belongs to the list and the filters that it was given out for:
/// with others, or changed by mistake, it is refused rather than taken for another position. The checksum is no secret; it protects nothing.
/// </summary>
internal static class Cursor
{
    public const string Accepted = "next_cursor of the page before, with the same filters";

    private const int ChecksumBytes = 9;
    private const char Separator = '\n';

    /// <summary>The text of a position.</summary>
    /// <param name="scope">What is listed, by which filters.</param>
    /// <param name="position">The key of the last item, in parts.</param>
    public static string Encode(string scope, params string[] position)
    {
        var text = Encoding.UTF8.GetBytes(string.Join(Separator, position));
        return Base64Url.EncodeToString([.. Checksum(scope, text), .. text]);
    }

    /// <summary>The parts of a position; null for a text that was not made for this scope.</summary>
    public static string[]? TryDecode(string scope, string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        var isOurs = bytes.Length > ChecksumBytes && Checksum(scope, bytes.AsSpan(ChecksumBytes)).SequenceEqual(bytes.AsSpan(0, ChecksumBytes));

        // Base64 reads several texts as the same bytes; only one of them was given out.
        return isOurs && Base64Url.EncodeToString(bytes) == cursor ? Encoding.UTF8.GetString(bytes.AsSpan(ChecksumBytes)).Split(Separator) : null;
    }

    private static ReadOnlySpan<byte> Checksum(string scope, ReadOnlySpan<byte> text) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(scope), 0, .. text]).AsSpan(0, ChecksumBytes);
}
