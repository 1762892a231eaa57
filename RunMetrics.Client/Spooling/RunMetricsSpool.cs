using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A folder of facts that wait for their store, in the order in which they were stated, on disk before anybody is told that they are kept. Any
/// number of processes may add to it and drain it. Nothing leaves it before the store has answered; what was delivered but not yet noted when a
/// process was killed is delivered again, which is harmless. Memory does not grow with the spool.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody waits for by handle has nothing to dispose of.")]
public sealed partial class RunMetricsSpool
{
    private const int SegmentsOfASpool = 16;

    // Whoever records bounds its own wait; a slow disk that many share must not lose a fact.
    private static readonly TimeSpan AppendTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(100);

    private readonly RunMetricsSpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SpoolFolder _folder;

    // Processes wait for each other by asking again and again; the calls within one process need not.
    private readonly SemaphoreSlim _appending = new(1);
    private int _isFull;

    /// <summary>Names a spool; nothing is read or made before it is needed.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="logger">Where it is said what happens to facts; nowhere by default.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public RunMetricsSpool(RunMetricsSpoolOptions options, TimeProvider? time = null, ILogger? logger = null)
    {
        OptionsRules<RunMetricsSpoolOptions>.Require(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        _folder = new SpoolFolder(options.Folder, _time, _logger);
    }

    /// <summary>The folder.</summary>
    public string Folder => _folder.FullPath;

    /// <summary>Says what lies in the spool. Takes no lock and changes nothing, not even a folder that is not there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<SpoolStatus> ReadStatusAsync(CancellationToken cancellationToken)
    {
        var (facts, bytes, oldest) = await MeasureAsync(_folder.Queue, cancellationToken);
        var forOtherTokens = 0L;
        foreach (var queue in _folder.QueuesForOtherTokens)
        {
            var (more, moreBytes, other) = await MeasureAsync(queue, cancellationToken);
            forOtherTokens += more;
            bytes += moreBytes;
            oldest = oldest is null || other < oldest ? other : oldest;
        }

        var rejected = await _folder.Rejects.CountAsync(cancellationToken);
        return new SpoolStatus(facts + forOtherTokens, bytes, oldest, rejected, _folder.TotalBytes, _folder.Rejects.Path)
        {
            FactsForOtherTokens = forOtherTokens,
        };
    }

    /// <summary>
    /// Delivers what waits, in its order, until nothing is left or the store does not take it. A fact that the store refuses, and a line that is
    /// no fact, is set aside in the file of rejects and does not hold up the rest; so is a fact on which the store fails again and again while it
    /// answers for one behind it. What belongs to a project or a run that the token of the store may not write is set aside too, but waits on for
    /// another token. While another process drains, this call waits for it.
    /// </summary>
    /// <param name="store">Where the facts belong.</param>
    /// <param name="cancellationToken">Ends the call; what was delivered stays delivered.</param>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read or written.</exception>
    public Task<SpoolDrainReport> DrainAsync(IRunMetricsStore store, CancellationToken cancellationToken) =>
        DrainAsync(new BoundedStore(store, _time), CancellationToken.None, cancellationToken);

    /// <summary>The same for a caller that does not wait for another process when it is to stop.</summary>
    /// <exception cref="OperationCanceledException">One of the tokens was cancelled.</exception>
    internal async Task<SpoolDrainReport> DrainAsync(BoundedStore store, CancellationToken stopWaiting, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopWaiting, cancellationToken);
        while (_folder.HasFacts)
        {
            using var draining = FileLock.TryAcquire(_folder.DrainLock);
            if (draining is not null)
            {
                var report = await new SpoolDrain(_folder, store, _options.DrainTimeout, _time).RunAsync(cancellationToken);
                SpoolTelemetry.Measure(_folder);
                return report;
            }

            await Task.Delay(DrainInterval, _time, waiting.Token);
        }

        return new SpoolDrainReport(0, 0, null);
    }

    /// <summary>
    /// True while facts may wait for their turn, whichever process put them there. What is in a folder that cannot be read nobody can wait for.
    /// </summary>
    internal bool HasPending()
    {
        try
        {
            return !_folder.Queue.IsEmpty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Adds facts behind those that wait. When the call returns they are on the disk.</summary>
    /// <exception cref="StoreUnavailableException">The spool is full or cannot be written; none of the facts is in it.</exception>
    internal async Task AppendAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        var lines = batches.SelectMany(batch => batch.Facts.Select(fact => SpooledFact.ToLine(fact, batch.StatedAt))).ToList();
        try
        {
            await _appending.WaitAsync(cancellationToken);
            try
            {
                _folder.Queue.MakeFolder();
                using var appending = await FileLock.AcquireAsync(_folder.AppendLock, AppendTimeout, _time, cancellationToken);
                Append([.. lines.SelectMany(line => line)]);
            }
            finally
            {
                _appending.Release();
            }
        }
        catch (SpoolFullException exception)
        {
            SpoolTelemetry.Refused.Add(lines.Count);
            if (Interlocked.Exchange(ref _isFull, 1) == 0)
            {
                LogFull(exception.Message);
            }

            throw new StoreUnavailableException(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TimeoutException)
        {
            SpoolTelemetry.Refused.Add(lines.Count);
            throw new StoreUnavailableException($"The spool {Folder} cannot be written: {exception.Message}", exception);
        }

        Interlocked.Exchange(ref _isFull, 0);
        SpoolTelemetry.Spooled.Add(lines.Count);
        SpoolTelemetry.Measure(_folder);
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        var total = _folder.TotalBytes;
        if (total + lines.Length > _options.MaxBytes)
        {
            throw new SpoolFullException(
                $"The spool {Folder} is full: it holds {total} bytes and may hold {_options.MaxBytes}, rejects among them.");
        }

        _folder.Queue.Append(lines, _options.MaxBytes / SegmentsOfASpool);
    }

    private static async Task<(long Facts, long Bytes, DateTimeOffset? Oldest)> MeasureAsync(SpoolQueue queue, CancellationToken cancellationToken)
    {
        var (facts, bytes) = (0L, 0L);
        DateTimeOffset? oldest = null;
        await foreach (var line in queue.ReadAllAsync(cancellationToken))
        {
            if (facts++ == 0)
            {
                oldest = InstantOf(SpooledFact.Read(line).Fact);
            }

            bytes += line.Text.Length + 1;
        }

        return (facts, bytes, oldest);
    }

    private static DateTimeOffset? InstantOf(Fact? fact) => fact switch
    {
        RunFact run => run.EndedAt ?? run.StartedAt,
        PhaseMetricFact metric => metric.EndedAt ?? metric.StartedAt,
        _ => null,
    };

    [LoggerMessage(1, LogLevel.Error, "RunMetrics loses facts: {Reason}")]
    private partial void LogFull(string reason);

    private sealed class SpoolFullException(string message) : Exception(message);
}
