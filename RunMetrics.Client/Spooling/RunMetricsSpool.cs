using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A folder of facts that wait for their store, in the order in which they were stated, on disk before anybody is told that they are kept. Any
/// number of processes may add to it and drain it. Nothing leaves it before the store has answered; what was delivered but not yet noted when a
/// process was killed is delivered again, which is harmless.
/// </summary>
/// <remarks>
/// <c>facts-*.ndjson</c> are the segments, lines of the import format; <c>position</c> says how far they are delivered; <c>append.lock</c> is
/// held while a segment is written or deleted, <c>drain.lock</c> while facts are delivered; <c>rejects.ndjson</c> has the facts that the store
/// refused. Memory does not grow with the spool.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody waits for by handle has nothing to dispose of.")]
public sealed partial class RunMetricsSpool
{
    private const int MaxBatch = 500;
    private const long MaxSegmentBytes = 8 * 1024 * 1024;
    private const int SegmentsOfASpool = 16;
    private const int LongestShownLine = 64 * 1024;

    private static readonly TimeSpan AppendPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AppendInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(100);
    private static readonly JsonWriterOptions RejectJson = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly RunMetricsSpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _appendLock;
    private readonly string _drainLock;
    private readonly string _position;
    private readonly string _rejects;

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
        RunMetricsSpoolOptions.Validate(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        _appendLock = Path.Combine(options.Folder, "append.lock");
        _drainLock = Path.Combine(options.Folder, "drain.lock");
        _position = Path.Combine(options.Folder, "position");
        _rejects = Path.Combine(options.Folder, "rejects.ndjson");
    }

    /// <summary>The folder.</summary>
    public string Folder => _options.Folder;

    private bool HasSegments => SpoolSegment.List(Folder).Count > 0;

    /// <summary>Says what lies in the spool. Takes no lock and changes nothing, not even a folder that is not there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<SpoolStatus> ReadStatusAsync(CancellationToken cancellationToken)
    {
        var position = SpoolPosition.Read(_position);
        var (facts, bytes) = (0L, 0L);
        DateTimeOffset? oldest = null;
        foreach (var segment in SpoolSegment.List(Folder))
        {
            var offset = position.OffsetIn(segment);
            await foreach (var line in ReadLinesAsync(segment, offset, cancellationToken))
            {
                if (facts++ == 0)
                {
                    oldest = InstantOf(FactReader.ReadLine(line).Fact);
                }

                bytes += line.Length + 1;
            }
        }

        var rejected = 0L;
        await foreach (var _ in ReadLinesAsync(new SpoolSegment(0, _rejects), 0, cancellationToken))
        {
            rejected++;
        }

        return new SpoolStatus(facts, bytes, oldest, rejected, TotalBytes(SpoolSegment.List(Folder)), _rejects);
    }

    /// <summary>
    /// Delivers what waits, in its order, until nothing is left or the store does not take it. A fact that the store refuses, and a line that is
    /// no fact, is set aside in the file of rejects and does not hold up the rest; so is a fact on which the store fails again and again while it
    /// answers for the one behind it. While another process drains, this call waits for it.
    /// </summary>
    /// <param name="store">Where the facts belong.</param>
    /// <param name="cancellationToken">Ends the call; what was delivered stays delivered.</param>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read or written.</exception>
    public Task<SpoolDrainReport> DrainAsync(IRunMetricsStore store, CancellationToken cancellationToken) =>
        DrainAsync(new BoundedStore(store, _time), cancellationToken);

    internal async Task<SpoolDrainReport> DrainAsync(BoundedStore store, CancellationToken cancellationToken)
    {
        while (HasSegments)
        {
            if (FileLease.TryAcquire(_drainLock) is not { } lease)
            {
                await Task.Delay(DrainInterval, _time, cancellationToken);
                continue;
            }

            using (lease)
            {
                return await DrainUnderLeaseAsync(store, cancellationToken);
            }
        }

        return new SpoolDrainReport(0, 0, null);
    }

    /// <summary>True while facts may wait, whichever process put them there. What is in a folder that cannot be read nobody can wait for.</summary>
    internal bool HasPending()
    {
        try
        {
            return HasSegments;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Adds facts behind those that wait. When the call returns they are on the disk.</summary>
    /// <exception cref="StoreUnavailableException">The spool is full or cannot be written; none of the facts is in it.</exception>
    internal async Task AppendAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var lines = new MemoryStream();
        foreach (var fact in facts)
        {
            lines.Write(FactWriter.ToLine(fact));
            lines.WriteByte(SpoolSegment.LineFeed);
        }

        try
        {
            await _appending.WaitAsync(cancellationToken);
            try
            {
                MakeFolder();
                using var lease = await FileLease.AcquireAsync(_appendLock, AppendPatience, AppendInterval, _time, cancellationToken);
                Append(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            }
            finally
            {
                _appending.Release();
            }
        }
        catch (SpoolFullException exception)
        {
            SpoolTelemetry.Refused.Add(facts.Count);
            if (Interlocked.Exchange(ref _isFull, 1) == 0)
            {
                LogFull(exception.Message);
            }

            throw new StoreUnavailableException(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TimeoutException)
        {
            SpoolTelemetry.Refused.Add(facts.Count);
            throw new StoreUnavailableException($"The spool {Folder} cannot be written: {exception.Message}", exception);
        }

        Interlocked.Exchange(ref _isFull, 0);
        SpoolTelemetry.Spooled.Add(facts.Count);
    }

    /// <summary>For the eyes of the user alone: metadata may say more than others should read.</summary>
    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Folder);
        }
        else
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        var segments = SpoolSegment.List(Folder);
        var total = TotalBytes(segments);
        if (total + lines.Length > _options.MaxBytes)
        {
            throw new SpoolFullException(
                $"The spool {Folder} is full: it holds {total} bytes and may hold {_options.MaxBytes}, rejects among them.");
        }

        var last = segments.Count > 0 ? segments[^1] : null;
        if (last is null || last.Length >= Math.Min(MaxSegmentBytes, _options.MaxBytes / SegmentsOfASpool))
        {
            // Never a number again that the position may still speak of.
            var number = Math.Max(last?.Number ?? 0, SpoolPosition.Read(_position).Segment) + 1;
            last = SpoolSegment.At(Folder, number);
            last.Open(FileMode.CreateNew, FileAccess.Write).Dispose();
            DirectorySync.Flush(Folder);
        }

        SpoolSegment.Append(last.Path, lines);
    }

    private async Task<SpoolDrainReport> DrainUnderLeaseAsync(BoundedStore store, CancellationToken cancellationToken)
    {
        var (delivered, rejected) = (0L, 0L);
        var batchSize = MaxBatch;
        var position = SpoolPosition.Read(_position);
        while (SpoolSegment.List(Folder) is [var segment, ..])
        {
            var offset = position.OffsetIn(segment);
            var (lines, end) = await segment.ReadAsync(offset, batchSize, cancellationToken);
            if (lines.Count == 0)
            {
                await RetireAsync(segment, offset, cancellationToken);
                continue;
            }

            IReadOnlyList<Reject> rejects;
            try
            {
                rejects = await DeliverAsync(store, lines, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                if (lines.Count > 1)
                {
                    // Perhaps it is only one of them that the store fails on.
                    batchSize = 1;
                    continue;
                }

                if (!await FailsOnThisAloneAsync(store, lines, segment, end, cancellationToken))
                {
                    return new SpoolDrainReport(delivered, rejected, exception.Message);
                }

                rejects = [new Reject(exception.Message, lines[0], IsFact: true)];
            }

            // In this order: a fact leaves the spool only when it is stored or set aside, and the position never lies behind the end that
            // the segment would have after a power failure, where other facts would come to stand.
            SetAside(rejects);
            segment.Flush();
            position = new SpoolPosition(segment.Number, end);
            position.Write(_position);
            batchSize = Math.Min(batchSize * 2, MaxBatch);

            delivered += lines.Count - rejects.Count;
            rejected += rejects.Count;
            SpoolTelemetry.Delivered.Add(lines.Count - rejects.Count);
        }

        return new SpoolDrainReport(delivered, rejected, null);
    }

    /// <summary>
    /// True when the store, which has failed on a fact, takes or refuses the one behind it and then fails on the first again: it is not away, and
    /// the first would block the rest for ever. What it said of the one behind does not count, as that is delivered again in its turn.
    /// </summary>
    private async Task<bool> FailsOnThisAloneAsync(
        BoundedStore store, IReadOnlyList<ReadOnlyMemory<byte>> line, SpoolSegment segment, long end, CancellationToken cancellationToken)
    {
        var next = await FindFactBehindAsync(segment, end, cancellationToken);
        return next.Count > 0 && !await FailsAsync(next) && await FailsAsync(line);

        async Task<bool> FailsAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines)
        {
            try
            {
                await DeliverAsync(store, lines, cancellationToken);
                return false;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                return true;
            }
        }
    }

    /// <summary>The first line from an offset on that is a fact; one that is none never gets to the store and says nothing of it.</summary>
    /// <returns>That line, or none.</returns>
    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> FindFactBehindAsync(SpoolSegment segment, long offset, CancellationToken cancellationToken)
    {
        foreach (var place in SpoolSegment.List(Folder).Where(place => place.Number >= segment.Number))
        {
            await foreach (var line in ReadLinesAsync(place, place.Number == segment.Number ? offset : 0, cancellationToken))
            {
                if (IsFact(FactReader.ReadLine(line), out _))
                {
                    return [line];
                }
            }
        }

        return [];
    }

    /// <summary>Delivers lines as facts.</summary>
    /// <returns>Those that will never be stored.</returns>
    private async Task<IReadOnlyList<Reject>> DeliverAsync(
        BoundedStore store, IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        var rejects = new List<Reject>();
        var facts = new List<Fact>(lines.Count);
        var linesOfFacts = new List<ReadOnlyMemory<byte>>(lines.Count);
        foreach (var line in lines)
        {
            var reading = FactReader.ReadLine(line);
            if (IsFact(reading, out var fact))
            {
                facts.Add(fact);
                linesOfFacts.Add(line);
            }
            else
            {
                var errors = reading.Errors is [] ? [new FactError("id", null, Identifiers.Accepted)] : reading.Errors;
                rejects.Add(new Reject(new FactRejection(FactRejectionReason.Invalid, errors).Message, line, IsFact: false));
            }
        }

        if (facts.Count == 0)
        {
            return rejects;
        }

        var results = await WriteAsync(store, facts, cancellationToken);
        foreach (var (line, result) in linesOfFacts.Zip(results).Where(pair => pair.Second.Rejection is not null))
        {
            rejects.Add(new Reject(result.Rejection!.Message, line, IsFact: true));
        }

        return rejects;
    }

    private static bool IsFact(FactReading reading, [NotNullWhen(true)] out Fact? fact)
    {
        fact = reading.Fact;
        return fact?.Id is not null && reading.Errors.Count == 0;
    }

    private async Task<IReadOnlyList<FactResult>> WriteAsync(BoundedStore store, List<Fact> facts, CancellationToken cancellationToken)
    {
        try
        {
            return (await store.WriteAsync([new FactBatch(facts, ProjectAccess.All, _time.GetUtcNow())], _options.DrainTimeout, cancellationToken))[0];
        }
        catch (ArgumentException exception) when (facts.Count == 1)
        {
            // The store says that it can never take this one.
            return [FactResult.Rejected(FactRejectionReason.Invalid, [new FactError("fact", facts[0].Id, exception.Message)])];
        }
        catch (ArgumentException)
        {
            var results = new List<FactResult>(facts.Count);
            foreach (var fact in facts)
            {
                results.AddRange(await WriteAsync(store, [fact], cancellationToken));
            }

            return results;
        }
    }

    private void SetAside(IReadOnlyList<Reject> rejects)
    {
        if (rejects.Count == 0)
        {
            return;
        }

        var lines = new MemoryStream();
        foreach (var reject in rejects)
        {
            using (var json = new Utf8JsonWriter(lines, RejectJson))
            {
                json.WriteStartObject();
                json.WriteString("rejected_at", Instants.Format(_time.GetUtcNow()));
                json.WriteString("reason", reject.Reason);
                if (reject.IsFact)
                {
                    json.WritePropertyName("fact");
                    json.WriteRawValue(reject.Line.Span, skipInputValidation: true);
                }
                else
                {
                    var shown = reject.Line.Span[..Math.Min(LongestShownLine, reject.Line.Length)];
                    json.WriteString("line", Encoding.UTF8.GetString(shown));
                }

                json.WriteEndObject();
            }

            lines.WriteByte(SpoolSegment.LineFeed);
        }

        var isNew = !File.Exists(_rejects);
        SpoolSegment.Append(_rejects, lines.GetBuffer().AsSpan(0, (int)lines.Length));
        if (isNew)
        {
            DirectorySync.Flush(Folder);
        }

        SpoolTelemetry.Rejected.Add(rejects.Count);
        LogRejects(rejects.Count, _rejects, rejects[0].Reason);
    }

    /// <summary>Deletes a segment that is delivered to its end, unless somebody has added to it meanwhile.</summary>
    private async Task RetireAsync(SpoolSegment segment, long offset, CancellationToken cancellationToken)
    {
        using var lease = await FileLease.AcquireAsync(_appendLock, _options.DrainTimeout, AppendInterval, _time, cancellationToken);
        if (segment.Length <= offset)
        {
            File.Delete(segment.Path);
        }
        else
        {
            // Nobody writes now: what has no line end is what a killed process has left.
            segment.EndFragment();
        }
    }

    private long TotalBytes(IReadOnlyList<SpoolSegment> segments) =>
        segments.Sum(segment => segment.Length) + (new FileInfo(_rejects) is { Exists: true } rejects ? rejects.Length : 0);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadLinesAsync(
        SpoolSegment segment, long offset, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> lines;
            try
            {
                (lines, offset) = await segment.ReadAsync(offset, int.MaxValue, cancellationToken);
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

            foreach (var line in lines)
            {
                yield return line;
            }
        }
    }

    private static DateTimeOffset? InstantOf(Fact? fact) => fact switch
    {
        RunFact run => run.EndedAt ?? run.StartedAt,
        PhaseMetricFact metric => metric.EndedAt ?? metric.StartedAt,
        _ => null,
    };

    [LoggerMessage(1, LogLevel.Error, "RunMetrics loses facts: {Reason}")]
    private partial void LogFull(string reason);

    [LoggerMessage(2, LogLevel.Warning, "{Count} spooled facts were set aside in {RejectsFile}; the first because: {Reason}")]
    private partial void LogRejects(int count, string rejectsFile, string reason);

    private sealed record Reject(string Reason, ReadOnlyMemory<byte> Line, bool IsFact);

    private sealed class SpoolFullException(string message) : Exception(message);
}
