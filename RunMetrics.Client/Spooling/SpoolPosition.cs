using System.Globalization;

namespace RunMetrics.Client.Spooling;

/// <summary>How far a spool has been delivered: all of the segments before one, and of that one all before an offset.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Offset">The offset in it, in bytes.</param>
internal sealed record SpoolPosition(long Segment, long Offset)
{
    private static readonly SpoolPosition Start = new(0, 0);

    /// <summary>Where to start in a segment: whatever is not known to be delivered is delivered again, which is harmless.</summary>
    public long OffsetIn(SpoolSegment segment) => segment.Number == Segment && Offset <= segment.Length ? Offset : 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment} {Offset}\n");

    /// <summary>The beginning, when there is no position that can be read.</summary>
    public static SpoolPosition Read(string path)
    {
        string[] parts;
        try
        {
            parts = File.ReadAllText(path).Split(' ', '\n');
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Start;
        }

        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new SpoolPosition(segment, offset)
            : Start;
    }

    /// <summary>Replaces the file as a whole and makes it durable.</summary>
    public void Write(string path)
    {
        var draft = $"{path}.new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(ToString()));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}
