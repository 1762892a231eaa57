using System.Diagnostics;
using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics;

/// <summary>
/// A phase while it is recorded. Complete it with its outcome; one that is disposed without, by exception or return, is recorded as
/// <c>failed</c> with the metadata <c>{"reason":"no_outcome"}</c>. Its duration is measured by a monotonic clock.
/// <see cref="RunRecording.PhaseAsync(RunPhase, int, Func{PhaseRecording, Task}, CancellationToken)"/> does all of it around a piece of work.
/// </summary>
public sealed class PhaseRecording : IAsyncDisposable
{
    private readonly RunMetricsRecorder _recorder;
    private readonly RunRecording _run;
    private readonly PhaseMetricFact _start;
    private readonly long _startTimestamp;
    private readonly Lock _gate = new();
    private PhaseOutcome? _outcome;
    private JsonElement? _metadata;

    internal PhaseRecording(RunMetricsRecorder recorder, RunRecording run, RunPhase phase, int iteration)
    {
        _recorder = recorder;
        _run = run;
        StartedAt = Instants.Normalize(recorder.Time.GetUtcNow());
        _startTimestamp = recorder.Time.GetTimestamp();
        Phase = phase;
        Iteration = iteration;
        _start = recorder.Check(new PhaseMetricFact
        {
            Id = Identifiers.Create(recorder.Time),
            RunId = run.Id,
            Phase = phase.Name(),
            Iteration = iteration,
            StartedAt = StartedAt,
        }, FactStrictness.OwnClock);
        Activity = RunMetricsTelemetry.StartPhase(run.Activity, run.Id, Id, phase, iteration, StartedAt);
    }

    /// <summary>The id of the phase metric.</summary>
    public string Id => _start.Id!;

    /// <summary>The phase.</summary>
    public RunPhase Phase { get; }

    /// <summary>The iteration of the run, from 1.</summary>
    public int Iteration { get; }

    /// <summary>When the phase started, UTC.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>How long ago the phase started, by a monotonic clock.</summary>
    public TimeSpan Elapsed => _recorder.Time.GetElapsedTime(_startTimestamp);

    /// <summary>
    /// Adds members to the metadata of the phase while it runs. New ones are stored at once; another value of a known one when the phase ends.
    /// </summary>
    /// <param name="metadata">An object that serializes to a JSON object; with all that was added before at most 16 KiB.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the members are stored with the end of the phase at the latest.</param>
    /// <exception cref="ArgumentException">The metadata is not acceptable; nothing is added.</exception>
    /// <exception cref="InvalidOperationException">The phase was completed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task AddMetadataAsync(object metadata, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var said = RunMetricsRecorder.ToMetadata(metadata)!.Value;
        JsonElement? added;
        lock (_gate)
        {
            if (_outcome is { } settled)
            {
                throw new InvalidOperationException($"The phase {Phase.Name()} came out as {settled.Name()}; no metadata can be added any more.");
            }

            var known = _metadata;
            _metadata = MergeMetadata(said);
            added = PhaseMetadata.Without(said, known);
        }

        if (added is not null)
        {
            await _recorder.DeliverAsync([_run.Fact, _start with { Metadata = added }], _run.StatedAt, cancellationToken);
        }
    }

    /// <summary>Ends the phase now and stores how it came out. The same outcome again changes nothing.</summary>
    /// <param name="outcome">How the phase came out; a verdict only of <see cref="RunPhase.Reviewer"/>.</param>
    /// <param name="metadata">
    /// An object that serializes to a JSON object, or null; its members are added to those of <see cref="AddMetadataAsync"/> and replace them,
    /// all together at most 16 KiB.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the store; the fact stays on its way.</param>
    /// <exception cref="ArgumentException">The outcome or the metadata is not acceptable; the phase is still open.</exception>
    /// <exception cref="InvalidOperationException">The phase was completed with another outcome.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task CompleteAsync(PhaseOutcome outcome, object? metadata = null, CancellationToken cancellationToken = default)
    {
        var said = RunMetricsRecorder.ToMetadata(metadata);
        var settled = await StoreEndAsync(outcome, () => MergeMetadata(said), errorType: null, cancellationToken);
        if (settled != outcome)
        {
            throw new InvalidOperationException(
                $"The phase {Phase.Name()} came out as {settled.Name()}; it cannot come out as {outcome.Name()} too.");
        }
    }

    /// <summary>
    /// Ends the phase now as <c>failed</c>, with the metadata <c>reason</c> = <c>exception</c>, <c>exception_type</c>, and
    /// <c>exception_message</c>, the first line of the message, at most 500 characters of it. They are left out when they would make the metadata
    /// too large.
    /// </summary>
    /// <remarks>A phase that was completed stays as it is: this is for a handler of exceptions, and hides none.</remarks>
    /// <param name="exception">Why.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the fact stays on its way.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task FailAsync(Exception exception, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var failure = new ExceptionMetadata(exception);
        await StoreEndAsync(PhaseOutcome.Failed, () => MergeMetadataIfItFits(failure.ToMetadata()), failure.Type, cancellationToken);
    }

    /// <summary>Closes the phase as <c>failed</c> unless it was completed. Harmless when repeated; throws nothing.</summary>
    public async ValueTask DisposeAsync() => await StoreEndAsync(
        PhaseOutcome.Failed,
        () => MergeMetadataIfItFits(new { reason = RecordingReasons.NoOutcome }),
        errorType: null,
        CancellationToken.None);

    /// <summary>Ends the phase as a success unless it was completed.</summary>
    internal Task SucceedAsync() => StoreEndAsync(PhaseOutcome.Success, () => MergeMetadata(null), errorType: null, CancellationToken.None);

    /// <summary>What the phase is in a trace; null where nobody listens.</summary>
    internal Activity? Activity { get; }

    internal Task StoreStartAsync(CancellationToken cancellationToken) => _recorder.DeliverAsync([_run.Fact, _start], _run.StatedAt, cancellationToken);

    /// <summary>The first outcome counts; any later one finds the phase closed.</summary>
    /// <param name="outcome">How the phase came out.</param>
    /// <param name="merge">Gives all its metadata; nothing is added any more once it has.</param>
    /// <param name="errorType">What kind of error ended it, where that is known.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The outcome that counts.</returns>
    private async Task<PhaseOutcome> StoreEndAsync(
        PhaseOutcome outcome, Func<JsonElement?> merge, string? errorType, CancellationToken cancellationToken)
    {
        PhaseMetricFact end;
        lock (_gate)
        {
            if (_outcome is { } settled)
            {
                return settled;
            }

            end = EndNow(outcome, merge());
            _outcome = outcome;
        }

        RunMetricsTelemetry.EndPhase(Activity, outcome, end.EndedAt!.Value, errorType);
        await _recorder.DeliverAsync([_run.Fact, end], _run.StatedAt, cancellationToken);
        return outcome;
    }

    private PhaseMetricFact EndNow(PhaseOutcome outcome, JsonElement? metadata)
    {
        // Whole milliseconds, as the instants have them: what is stored as duration is the difference of what is stored as instants.
        var elapsed = TimeSpan.FromMilliseconds(Math.Floor(Elapsed.TotalMilliseconds));
        return _recorder.Check(
            _start with
            {
                EndedAt = StartedAt + elapsed,
                DurationSeconds = Durations.WholeSeconds(elapsed),
                Outcome = outcome.Name(),
                Metadata = metadata,
            },
            FactStrictness.OwnClock);
    }

    /// <summary>What was added so far and what is said now. Called under the lock.</summary>
    /// <exception cref="ArgumentException">It is not acceptable.</exception>
    private JsonElement? MergeMetadata(JsonElement? said)
    {
        if (said is not null)
        {
            _recorder.Check(_start with { Metadata = said }, FactStrictness.OwnClock);
        }

        var merged = PhaseMetadata.Merge(_metadata, said);
        _recorder.Check(_start with { Metadata = merged }, FactStrictness.OwnClock);
        return merged;
    }

    /// <summary>What was added so far is worth more than what the recorder has to say itself. Called under the lock.</summary>
    private JsonElement? MergeMetadataIfItFits(object said)
    {
        var merged = PhaseMetadata.Merge(_metadata, RunMetricsRecorder.ToMetadata(said))!.Value;
        return PhaseMetadata.FindFault(merged) is null ? merged : _metadata;
    }
}

/// <summary>What the recorder itself writes to <c>metadata.reason</c> of a phase that it closes as failed.</summary>
public static class RecordingReasons
{
    /// <summary>The scope of the phase was left, by exception or return, without an outcome.</summary>
    public const string NoOutcome = "no_outcome";

    /// <summary>The phase ended by an exception, of which <c>exception_type</c> and <c>exception_message</c> tell.</summary>
    public const string Exception = "exception";

    /// <summary>The process that recorded the phase was gone when the run was resumed.</summary>
    public const string ProcessLost = "process_lost";
}

/// <summary>What is recorded of an exception. Making it throws nothing, whatever the exception does.</summary>
internal sealed class ExceptionMetadata
{
    private const int MaxTextLength = 500;

    public ExceptionMetadata(Exception exception)
    {
        Type = FactError.Truncate(exception.GetType().FullName ?? exception.GetType().Name, MaxTextLength);
        try
        {
            Message = FactError.Truncate(exception.Message.Trim().Split(['\n', '\r'], 2)[0], MaxTextLength);
        }
        catch (Exception)
        {
            // A message may be computed, and fail as well.
            Message = null;
        }
    }

    /// <summary>The full name of its type.</summary>
    public string Type { get; }

    /// <summary>The first line of its message.</summary>
    public string? Message { get; }

    public object ToMetadata() => new { reason = RecordingReasons.Exception, exception_type = Type, exception_message = Message };
}
