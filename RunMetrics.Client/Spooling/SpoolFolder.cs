using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// What lies where in the folder of a spool: <c>facts-*.ndjson</c> and <c>position</c> are the queue, <c>rejects.ndjson</c> has what will never be
/// stored, <c>append.lock</c> is held while a segment is written or deleted, <c>drain.lock</c> while facts are delivered. Under
/// <c>other-tokens</c> lies a queue for each project, or run of an unknown project, that no token could write so far.
/// </summary>
internal sealed class SpoolFolder(string path, TimeProvider time, ILogger logger)
{
    private const int LongestName = 200;

    private readonly string _otherTokens = Path.Combine(path, "other-tokens");

    public string FullPath => path;

    public string AppendLock { get; } = Path.Combine(path, "append.lock");

    public string DrainLock { get; } = Path.Combine(path, "drain.lock");

    /// <summary>The facts that wait in the order in which they were stated.</summary>
    public SpoolQueue Queue { get; } = new(path);

    public SpoolRejects Rejects { get; } = new(path, time, logger);

    /// <summary>The facts that wait for a token that may write them. Only who delivers touches these queues.</summary>
    public IReadOnlyList<SpoolQueue> QueuesForOtherTokens => Directory.Exists(_otherTokens)
        ? [.. Directory.EnumerateDirectories(_otherTokens).Order(StringComparer.Ordinal).Select(queue => new SpoolQueue(queue))]
        : [];

    /// <summary>True while anything waits, for whichever token.</summary>
    public bool HasFacts => !Queue.IsEmpty || QueuesForOtherTokens.Count > 0;

    public long TotalBytes => Queue.TotalBytes + Rejects.TotalBytes + QueuesForOtherTokens.Sum(queue => queue.TotalBytes);

    /// <summary>The queue for what no token could write so far.</summary>
    /// <param name="scope">The project or the run.</param>
    public SpoolQueue QueueForOtherTokens(string scope) => new(Path.Combine(_otherTokens, NameOf(scope)));

    private static string NameOf(string scope)
    {
        var name = Uri.EscapeDataString(scope);
        return name.Length <= LongestName ? name : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)));
    }
}
