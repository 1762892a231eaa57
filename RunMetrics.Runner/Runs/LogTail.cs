using System.Text;

namespace RunMetrics.Runner.Runs;

/// <summary>The end of the output of a command.</summary>
/// <param name="File">The full path of its log.</param>
/// <param name="Lines">The last lines in it that are not blank, oldest first, as they stand there; none where the log cannot be read.</param>
internal sealed record LogTail(string File, IReadOnlyList<string> Lines)
{
    private const int MaxBytes = 16 * 1024;
    private const int MaxLines = 10;

    /// <summary>Reads it, while others may write to the log.</summary>
    public static LogTail Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(Math.Max(0, stream.Length - MaxBytes), SeekOrigin.Begin);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var lines = reader.ReadToEnd().Split('\n').Select(FindLastDrawn).Where(line => !string.IsNullOrWhiteSpace(line));
            return new LogTail(file, [.. lines.TakeLast(MaxLines)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new LogTail(file, []);
        }
    }

    /// <summary>A progress bar draws its line again and again, each time from the start.</summary>
    private static string FindLastDrawn(string line)
    {
        var end = line.TrimEnd('\r');
        return end[(end.LastIndexOf('\r') + 1)..];
    }
}
