using System.Text.RegularExpressions;

namespace RunMetrics.Domain.Facts;

/// <summary>Ids are text: a runner brings its own, and where none is given a lower-case UUID version 7 is made.</summary>
public static partial class Identifiers
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>What is accepted as an id.</summary>
    public const string Accepted = "1 to 128 of A-Z a-z 0-9 . _ : -";

    /// <summary>What is accepted as a project id.</summary>
    public const string AcceptedProject = "1 to 128 of A-Z a-z 0-9 . _ : - /";

    /// <summary>A new id whose order follows <paramref name="time"/>, so that inserts stay together.</summary>
    public static string Create(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("D");

    /// <summary>True for 1 to 128 characters of <c>A-Z a-z 0-9 . _ : -</c>.</summary>
    public static bool IsValid(string? id) => id is not null && Id().IsMatch(id);

    /// <summary>True for a valid id in which <c>/</c> may stand too.</summary>
    public static bool IsValidProject(string? id) => id is not null && ProjectId().IsMatch(id);

    [GeneratedRegex(@"^[A-Za-z0-9._:-]{1,128}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"^[A-Za-z0-9._:/-]{1,128}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProjectId();
}
