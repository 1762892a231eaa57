using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;

namespace RunMetrics.Client.Spooling;

/// <summary>The file of the lines of a spool that will never be stored, each with the reason. Only who delivers adds to it.</summary>
/// <param name="folder">The folder of the spool.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is said that lines were set aside.</param>
internal sealed partial class SpoolRejects(string folder, TimeProvider time, ILogger logger)
{
    private const int LongestShownLine = 64 * 1024;

    private static readonly JsonWriterOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The full path of the file, which need not exist.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, "rejects.ndjson");

    public long TotalBytes => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var _ in SpoolQueue.ReadAllAsync(new SpoolSegment(0, Path), 0, cancellationToken))
        {
            count++;
        }

        return count;
    }

    /// <summary>Adds lines, and returns when they are on the disk.</summary>
    public void Add(IReadOnlyCollection<SpoolReject> rejects)
    {
        if (rejects.Count == 0)
        {
            return;
        }

        var lines = new MemoryStream();
        foreach (var reject in rejects)
        {
            Write(lines, reject);
            lines.WriteByte(SpoolSegment.LineFeed);
        }

        var isNew = !File.Exists(Path);
        SpoolSegment.Append(Path, lines.GetBuffer().AsSpan(0, (int)lines.Length));
        if (isNew)
        {
            DirectorySync.Flush(folder);
        }

        SpoolTelemetry.Rejected.Add(rejects.Count);
        LogRejects(rejects.Count, Path, rejects.First().Reason);
    }

    private void Write(Stream lines, SpoolReject reject)
    {
        using var json = new Utf8JsonWriter(lines, Json);
        json.WriteStartObject();
        json.WriteString("rejected_at", Instants.Format(time.GetUtcNow()));
        json.WriteString("reason", reject.Reason);
        if (reject.Fact.IsFact)
        {
            json.WritePropertyName("fact");
            json.WriteRawValue(reject.Fact.Line.Span, skipInputValidation: true);
            if (reject.Fact.StatedAt is { } statedAt)
            {
                json.WriteString("stated_at", Instants.Format(statedAt));
            }
        }
        else
        {
            json.WriteString("line", Encoding.UTF8.GetString(reject.Fact.Line.Span[..Math.Min(LongestShownLine, reject.Fact.Line.Length)]));
        }

        json.WriteEndObject();
    }

    [LoggerMessage(2, LogLevel.Warning, "{Count} spooled facts were set aside in {RejectsFile}; the first because: {Reason}")]
    private partial void LogRejects(int count, string rejectsFile, string reason);
}

/// <summary>A line that will never be stored.</summary>
internal sealed record SpoolReject(SpooledFact Fact, string Reason);
