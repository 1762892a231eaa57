using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace RunMetrics.Domain.Facts;

/// <summary>Ids are text. A runner brings its own; where none is given, one is made.</summary>
public static partial class Identifiers
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The characters of an id, as a class of characters in regular expressions and in SQL's GLOB has them.</summary>
    public const string Characters = "A-Za-z0-9._:-";

    /// <summary>The characters of a project id, likewise: those of an id, and the slash.</summary>
    public const string ProjectCharacters = "A-Za-z0-9._:/-";

    /// <summary>An id as a regular expression of any dialect; its length is bounded by <see cref="MaxLength"/>.</summary>
    public const string Pattern = $"^[{Characters}]+$";

    /// <summary>A project id as a regular expression of any dialect; its length is bounded by <see cref="MaxLength"/>.</summary>
    public const string ProjectPattern = $"^[{ProjectCharacters}]+$";

    /// <summary>What is accepted as an id.</summary>
    public static string Accepted { get; } = Describe(Characters);

    /// <summary>What is accepted as a project id.</summary>
    public static string AcceptedProject { get; } = Describe(ProjectCharacters);

    /// <summary>A new id, a UUID of version 7 in lower case, whose order follows <paramref name="time"/>, so that inserts stay together.</summary>
    public static string Create(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("D");

    /// <summary>
    /// The id of a phase metric that was stated without one, so that stating it again is the same fact: a name-based UUID of version 8 (RFC 9562,
    /// section 5.8 and appendix B.2) in lower case. Its first 48 bits are the start in milliseconds since 1970, so that inserts stay together as
    /// with <see cref="Create"/>; the others, but for version and variant, those of the SHA-256 of <c>run_id/phase/iteration/started_at</c> in
    /// UTF-8, the start as <see cref="Instants.Format"/> writes it.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="phase">The phase by its name.</param>
    /// <param name="iteration">The iteration, from 1.</param>
    /// <param name="startedAt">When the phase started.</param>
    public static string CreateForPhase(string runId, string phase, int iteration, DateTimeOffset startedAt)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{runId}/{phase}/{iteration}/{Instants.Format(startedAt)}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);

        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, startedAt.ToUnixTimeMilliseconds() << 16);
        hash[6..16].CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString("D");
    }

    /// <summary>True for 1 to 128 of <see cref="Characters"/>.</summary>
    public static bool IsValid(string? id) => id is { Length: <= MaxLength } && Id().IsMatch(id);

    /// <summary>True for 1 to 128 of <see cref="ProjectCharacters"/>.</summary>
    public static bool IsValidProject(string? id) => id is { Length: <= MaxLength } && ProjectId().IsMatch(id);

    private static string Describe(string characters) =>
        $"1 to {MaxLength} of {CharactersOfClass().Replace(characters, "$& ").TrimEnd()}";

    [GeneratedRegex($@"^[{Characters}]+\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex($@"^[{ProjectCharacters}]+\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProjectId();

    [GeneratedRegex(".-.|.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CharactersOfClass();
}
