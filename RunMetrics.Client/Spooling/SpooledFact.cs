using System.Diagnostics.CodeAnalysis;
using System.Text;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A line of a spool as a fact: a line of the import format. Beside a run that leaves its start or its end to the time of the call stands that time,
/// as <c>stated_at</c>, which only the spool reads: delivered is the fact later.
/// </summary>
/// <param name="Line">The fact in the import format, or what else the line says.</param>
/// <param name="End">The offset behind the line.</param>
/// <param name="Fact">The fact; null when the line is none.</param>
/// <param name="StatedAt">When the fact was stated, where the line says it.</param>
/// <param name="Errors">What is wrong with a line that is no fact.</param>
internal sealed record SpooledFact(
    ReadOnlyMemory<byte> Line, long End, Fact? Fact, DateTimeOffset? StatedAt, IReadOnlyList<FactError> Errors)
{
    private const int InstantLength = 24;

    private static ReadOnlySpan<byte> StatedAtMember => ",\"stated_at\":\""u8;

    private static ReadOnlySpan<byte> LineEnd => "\"}"u8;

    /// <summary>True for a fact that can be delivered.</summary>
    [MemberNotNullWhen(true, nameof(Fact))]
    public bool IsFact => Fact is not null;

    /// <summary>The line of a fact, with its end.</summary>
    public static byte[] ToLine(Fact fact, DateTimeOffset statedAt) => ToLine(FactWriter.ToLine(fact), LeavesTimeOpen(fact) ? statedAt : null);

    /// <summary>The line as it was read, with its end.</summary>
    public byte[] ToLine() => ToLine(Line.Span, StatedAt);

    /// <summary>Reads a line; one that is no fact says why.</summary>
    public static SpooledFact Read(SpoolLine line)
    {
        var text = Split(line.Text, out var statedAt);
        var reading = FactReader.ReadLine(text);
        return reading switch
        {
            { Fact.Id: not null, Errors: [] } => new SpooledFact(text, line.End, reading.Fact, statedAt, []),
            { Errors: [] } => new SpooledFact(line.Text, line.End, null, null, [new FactError("id", null, Identifiers.Accepted)]),
            _ => new SpooledFact(line.Text, line.End, null, null, reading.Errors),
        };
    }

    private static byte[] ToLine(ReadOnlySpan<byte> fact, DateTimeOffset? statedAt) => statedAt is { } instant
        ? [.. fact[..^1], .. StatedAtMember, .. Encoding.ASCII.GetBytes(Instants.Format(instant)), .. LineEnd, SpoolSegment.LineFeed]
        : [.. fact, SpoolSegment.LineFeed];

    private static bool LeavesTimeOpen(Fact fact) =>
        fact is RunFact run && (run.StartedAt is null || (run.EndedAt is null && run.Status is { } status && status != RunStatus.Running.Name()));

    /// <summary>Takes off <c>stated_at</c>. A line without it ends in the braces of two objects.</summary>
    private static ReadOnlyMemory<byte> Split(ReadOnlyMemory<byte> line, out DateTimeOffset? statedAt)
    {
        statedAt = null;
        var start = line.Length - LineEnd.Length - InstantLength - StatedAtMember.Length;
        if (start <= 0
            || !line.Span.EndsWith(LineEnd)
            || !line.Span[start..].StartsWith(StatedAtMember)
            || !Instants.TryParse(Encoding.UTF8.GetString(line.Span.Slice(start + StatedAtMember.Length, InstantLength)), out var instant))
        {
            return line;
        }

        statedAt = instant;
        return (byte[])[.. line.Span[..start], (byte)'}'];
    }
}
