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

    // Made once for this project, as RFC 9562 asks for where names are of one's own kind.
    private static readonly Guid PhaseMetricNamespace = new("0b5e3f6c-6f0e-4d55-9a4f-3f1f4a3c9b57");

    /// <summary>What is accepted as an id.</summary>
    public static string Accepted { get; } = Describe(Characters);

    /// <summary>What is accepted as a project id.</summary>
    public static string AcceptedProject { get; } = Describe(ProjectCharacters);

    /// <summary>A new id, a UUID of version 7 in lower case, whose order follows <paramref name="time"/>, so that inserts stay together.</summary>
    public static string Create(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("D");

    /// <summary>
    /// The id of a phase metric that was stated without one, so that stating it again is the same fact: the UUID of version 5 (RFC 9562, section
    /// 5.5) in lower case, in the namespace <c>0b5e3f6c-6f0e-4d55-9a4f-3f1f4a3c9b57</c>, of the name <c>run_id/phase/iteration/started_at</c>,
    /// the start as <see cref="Instants.Format"/> writes it.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="phase">The phase by its name.</param>
    /// <param name="iteration">The iteration, from 1.</param>
    /// <param name="startedAt">When the phase started.</param>
    public static string CreateForPhase(string runId, string phase, int iteration, DateTimeOffset startedAt)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{runId}/{phase}/{iteration}/{Instants.Format(startedAt)}");
        byte[] input = [.. PhaseMetricNamespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
#pragma warning disable CA5350 // The hash is the one that the RFC names for version 5; it keeps nothing secret.
        var hash = SHA1.HashData(input).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true).ToString("D");
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
