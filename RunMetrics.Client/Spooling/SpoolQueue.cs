using System.Globalization;
using System.Runtime.CompilerServices;
using RunMetrics.Domain.Files;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A folder of lines in their order: segments, and the position up to which they are delivered. Who may add, and who may deliver, the locks of the
/// spool say.
/// </summary>
/// <param name="folder">The full path.</param>
internal sealed class SpoolQueue(string folder)
{
    private const long MaxSegmentBytes = 8 * 1024 * 1024;
    private const string PositionFile = "position";

    private readonly string _position = Path.Combine(folder, PositionFile);

    public string Folder => folder;

    /// <summary>True when no line waits; none that is delivered is left, either.</summary>
    public bool IsEmpty => Segments.Count == 0;

    /// <summary>What the segments take, including what is delivered but still on disk.</summary>
    public long TotalBytes => Segments.Sum(segment => segment.Length);

    /// <summary>The segments, in their order; none when there is no folder.</summary>
    public IReadOnlyList<SpoolSegment> Segments => SpoolSegment.List(folder);

    /// <summary>How far the segments are delivered.</summary>
    public SpoolPosition Position
    {
        get => SpoolPosition.Read(_position);
        set => value.Write(_position);
    }

    /// <summary>Adds lines, each with its end, and returns when they are on the disk. Makes the folder, for the eyes of the user alone.</summary>
    public void Append(ReadOnlySpan<byte> lines, long maxSegmentBytes = MaxSegmentBytes)
    {
        MakeFolder();
        var last = Segments is [.., var newest] ? newest : null;
        if (last is null || last.Length >= Math.Min(maxSegmentBytes, MaxSegmentBytes))
        {
            // Never a number again that the position may still speak of.
            last = SpoolSegment.At(folder, Math.Max(last?.Number ?? 0, Position.Segment) + 1);
            last.Open(FileMode.CreateNew, FileAccess.Write).Dispose();
            DirectorySync.Flush(folder);
        }

        SpoolSegment.Append(last.Path, lines);
    }

    /// <summary>All lines that wait, while others may deliver them.</summary>
    public async IAsyncEnumerable<SpoolLine> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = Position;
        foreach (var segment in Segments)
        {
            await foreach (var line in ReadAllAsync(segment, position.OffsetIn(segment), cancellationToken))
            {
                yield return line;
            }
        }
    }

    /// <summary>All lines of a file from an offset on; none when it is not there.</summary>
    public static async IAsyncEnumerable<SpoolLine> ReadAllAsync(
        SpoolSegment segment, long offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<SpoolLine> lines;
            try
            {
                lines = await segment.ReadAsync(offset, int.MaxValue, cancellationToken);
            }
            catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Delivered and deleted meanwhile, or never there.
                yield break;
            }

            if (lines.Count == 0)
            {
                yield break;
            }

            offset = lines[^1].End;
            foreach (var line in lines)
            {
                yield return line;
            }
        }
    }

    /// <summary>Makes the folder, whose metadata may say more than other users should read.</summary>
    public void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}

/// <summary>How far a queue has been delivered: all of the segments before one, and of that one all before an offset.</summary>
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
