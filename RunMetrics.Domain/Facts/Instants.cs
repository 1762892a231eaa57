using System.Globalization;
using System.Text.RegularExpressions;

namespace RunMetrics.Domain.Facts;

/// <summary>
/// Instants as the domain knows them: UTC, whole milliseconds, written <c>2026-01-12T10:00:00.000Z</c> so that text sorts as time does.
/// </summary>
internal static partial class Instants
{
    /// <summary>What is accepted where an instant is read from text.</summary>
    public const string Accepted = "an instant with its offset, such as 2026-01-12T10:00:00.000Z";

    /// <summary>How far ahead of the clock an instant may lie before it is refused as a mistake.</summary>
    public static readonly TimeSpan FutureTolerance = TimeSpan.FromDays(1);

    private const string CanonicalFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The same instant in UTC, cut (not rounded) to the millisecond.</summary>
    public static DateTimeOffset Normalize(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    /// <summary>The same for an instant that may be unknown.</summary>
    public static DateTimeOffset? Normalize(DateTimeOffset? instant) => instant is null ? null : Normalize(instant.Value);

    /// <summary>The canonical text of an instant, with exactly three decimals.</summary>
    public static string Format(DateTimeOffset instant) =>
        Normalize(instant).ToString(CanonicalFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads canonical text, and only that.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not what <see cref="Format"/> writes.</exception>
    public static DateTimeOffset ParseCanonical(string text) =>
        DateTimeOffset.ParseExact(text, CanonicalFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Reads an RFC 3339 instant with any offset and up to nine decimals, and normalizes it.</summary>
    /// <returns>False for anything else, an instant without an offset among it: where it happened is not guessed.</returns>
    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        if (!Rfc3339().IsMatch(text))
        {
            return false;
        }

        // Seven decimals are what the framework reads; the rest would be cut anyway.
        var readable = ExcessDecimals().Replace(text, "${kept}");
        if (!DateTimeOffset.TryParse(readable, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
        {
            return false;
        }

        instant = Normalize(parsed);
        return true;
    }

    [GeneratedRegex(
        @"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"(?<kept>\.[0-9]{7})[0-9]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExcessDecimals();
}
