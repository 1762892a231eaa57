using System.Net;
using System.Text;

namespace RunMetrics.Tests.Support;

/// <summary>A body of an import that is made while it is sent, a run and its metrics, until it has grown to a size.</summary>
public sealed class FactLineContent : HttpContent
{
    private readonly string _runId;
    private readonly long _leastBytes;
    private readonly int _lineWidth;

    /// <param name="runId">The id of the run.</param>
    /// <param name="leastBytes">The size that ends the body.</param>
    /// <param name="lineWidth">To how many characters each line is filled up with blanks.</param>
    public FactLineContent(string runId, long leastBytes, int lineWidth)
    {
        (_runId, _leastBytes, _lineWidth) = (runId, leastBytes, lineWidth);
        Headers.ContentType = new(ApiAnswer.Ndjson);
    }

    /// <summary>How many lines were sent.</summary>
    public long Lines { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var sent = 0L;
        while (sent < _leastBytes)
        {
            var line = Lines == 0 ? FactLines.Run(_runId) : FactLines.Metric(_runId, $"{_runId}.{Lines:D9}");
            var bytes = Encoding.UTF8.GetBytes(line.PadRight(_lineWidth) + "\n");
            await stream.WriteAsync(bytes);
            sent += bytes.Length;
            Lines++;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
