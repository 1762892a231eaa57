using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace RunMetrics.Domain.Import;

/// <summary>Splits a body into lines while it arrives. Never more than one line is held, and a line that is too long is not held at all.</summary>
internal static class NdjsonLineReader
{
    private const byte LineFeed = (byte)'\n';

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Reads all lines that are not blank. The last one needs no line feed when the body has ended as announced; when the connection was cut
    /// before, reading throws and the fragment is never seen.
    /// </summary>
    public static async IAsyncEnumerable<NdjsonLine> ReadLinesAsync(
        PipeReader body, int maxLineBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0L;
        var skipping = false;
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TryTakeLine(ref rest, read.IsCompleted, out var line))
            {
                number++;
                var isTooLong = skipping || line.Length > maxLineBytes;
                skipping = false;
                if (isTooLong)
                {
                    yield return new NdjsonLine(number, ReadOnlyMemory<byte>.Empty, IsTooLong: true);
                }
                else if (Trim(line.ToArray(), isFirst: number == 1) is { IsEmpty: false } bytes)
                {
                    yield return new NdjsonLine(number, bytes, IsTooLong: false);
                }
            }

            if (read.IsCompleted)
            {
                // A line that was skipped up to the very end of the body has not been reported yet.
                if (skipping)
                {
                    yield return new NdjsonLine(number + 1, ReadOnlyMemory<byte>.Empty, IsTooLong: true);
                }

                body.AdvanceTo(rest.End);
                yield break;
            }

            if (rest.Length > maxLineBytes)
            {
                skipping = true;
                rest = rest.Slice(rest.End);
            }

            body.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isCompleted, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf(LineFeed) is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        if (!isCompleted || rest.IsEmpty)
        {
            return false;
        }

        rest = rest.Slice(rest.End);
        return true;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, bool isFirst)
    {
        if (isFirst && line.Span.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        return line.Trim(" \t\r"u8);
    }
}

/// <summary>A line of a body.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Bytes">Its bytes without the line end; empty when it was too long.</param>
/// <param name="IsTooLong">True when it was longer than a line may be and was skipped.</param>
internal readonly record struct NdjsonLine(long Number, ReadOnlyMemory<byte> Bytes, bool IsTooLong);
