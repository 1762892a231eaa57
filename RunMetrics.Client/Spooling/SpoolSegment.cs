using System.Globalization;

namespace RunMetrics.Client.Spooling;

/// <summary>One file of a spool. Lines are only ever added at its end, and it is deleted when all of them are delivered.</summary>
/// <param name="Number">Its number; segments are delivered in the order of their numbers.</param>
/// <param name="Path">Its full path.</param>
internal sealed record SpoolSegment(long Number, string Path)
{
    public const byte LineFeed = (byte)'\n';

    private const string Extension = ".ndjson";
    private const string Prefix = "facts-";
    private const int LeastRead = 1024 * 1024;

    public static SpoolSegment At(string folder, long number) =>
        new(number, System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:D12}{Extension}")));

    /// <summary>All segments of a folder in their order; none when there is no folder.</summary>
    public static IReadOnlyList<SpoolSegment> List(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return
        [
            .. Directory.EnumerateFiles(folder, $"{Prefix}*{Extension}")
                .Select(path => new SpoolSegment(NumberOf(path), path))
                .Where(segment => segment.Number > 0)
                .OrderBy(segment => segment.Number),
        ];
    }

    /// <summary>The length in bytes; 0 when the segment has been delivered and deleted meanwhile.</summary>
    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    /// <summary>
    /// Reads whole lines, at most <paramref name="maxLines"/> and no more than fit into about a megabyte, but one if there is one. What stands
    /// after the last line feed is not a line: it is being written, or whoever wrote it is dead.
    /// </summary>
    public async Task<IReadOnlyList<SpoolLine>> ReadAsync(long offset, int maxLines, CancellationToken cancellationToken)
    {
        await using var file = Open(FileMode.Open, FileAccess.Read);
        var buffer = new byte[(int)Math.Min(LeastRead, Math.Max(0, file.Length - offset))];
        var filled = 0;
        while (true)
        {
            file.Position = offset + filled;
            var read = await file.ReadAtLeastAsync(buffer.AsMemory(filled), buffer.Length - filled, throwOnEndOfStream: false, cancellationToken);
            filled += read;
            if (read == 0 || buffer.AsSpan(0, filled).Contains(LineFeed))
            {
                break;
            }

            Array.Resize(ref buffer, buffer.Length * 2);
        }

        var lines = new List<SpoolLine>();
        var start = 0;
        while (lines.Count < maxLines && buffer.AsSpan(start, filled - start).IndexOf(LineFeed) is >= 0 and var length)
        {
            lines.Add(new SpoolLine(buffer.AsMemory(start, length), offset + start + length + 1));
            start += length + 1;
        }

        return lines;
    }

    /// <summary>Makes durable what has been read, as its writer will have done anyway.</summary>
    public void Flush()
    {
        using var file = Open(FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Opens the file as everybody does who has to do with it: the locks of the folder say who may write.</summary>
    public FileStream Open(FileMode mode, FileAccess access) => OpenShared(Path, mode, access);

    public static FileStream OpenShared(string path, FileMode mode, FileAccess access) =>
        new(path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>
    /// Adds lines, each with its end, at the end of a file, and returns when they are on the disk. A fragment that a writer who was killed has
    /// left there is made a line of its own. When the lines cannot be written, none of them stays.
    /// </summary>
    public static void Append(string path, ReadOnlySpan<byte> lines)
    {
        using var file = OpenShared(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var length = file.Length;
        try
        {
            if (EndsInFragment(file))
            {
                file.WriteByte(LineFeed);
            }

            file.Position = file.Length;
            file.Write(lines);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    /// <summary>Ends the fragment at the end of a file, if there is one.</summary>
    public void EndFragment()
    {
        if (Length > 0)
        {
            Append(Path, []);
        }
    }

    private static bool EndsInFragment(FileStream file)
    {
        if (file.Length == 0)
        {
            return false;
        }

        file.Position = file.Length - 1;
        return file.ReadByte() != LineFeed;
    }

    private static long NumberOf(string path) => long.TryParse(
        System.IO.Path.GetFileNameWithoutExtension(path.AsSpan())[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : 0;
}

/// <summary>A line of a segment.</summary>
/// <param name="Text">What it says, without its end.</param>
/// <param name="End">The offset behind it.</param>
internal readonly record struct SpoolLine(ReadOnlyMemory<byte> Text, long End);
