using System.Diagnostics;
using RunMetrics.Domain.Facts;

namespace RunMetrics;

/// <summary>
/// A phase while it is recorded. Complete it with its outcome; one that is disposed without, by exception or return, is recorded as
/// <c>failed</c> with the metadata <c>{"reason":"no_outcome"}</c>. Its duration is measured by a monotonic clock.
/// </summary>
public sealed class PhaseRecording : IAsyncDisposable
{
    private readonly RunMetricsRecorder _recorder;
    private readonly RunRecording _run;
    private readonly PhaseMetricFact _start;
    private readonly long _startTimestamp;
    private readonly Activity? _activity;
    private readonly Lock _gate = new();
    private PhaseOutcome? _outcome;

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
        _activity = RunMetricsTelemetry.StartPhase(run.Activity, run.Id, Id, phase, iteration, StartedAt);
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

    /// <summary>Ends the phase now and stores how it came out. The same outcome again changes nothing.</summary>
    /// <param name="outcome">How the phase came out; a verdict only of <see cref="RunPhase.Reviewer"/>.</param>
    /// <param name="metadata">An object that serializes to a JSON object of at most 16 KiB, or null.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the fact stays on its way.</param>
    /// <exception cref="ArgumentException">The outcome or the metadata is not acceptable; the phase is still open.</exception>
    /// <exception cref="InvalidOperationException">The phase was completed with another outcome.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task CompleteAsync(PhaseOutcome outcome, object? metadata = null, CancellationToken cancellationToken = default)
    {
        var end = EndNow(outcome, metadata);
        if (await StoreEndAsync(outcome, end, cancellationToken) is var settled && settled != outcome)
        {
            throw new InvalidOperationException(
                $"The phase {Phase.Name()} came out as {settled.Name()}; it cannot come out as {outcome.Name()} too.");
        }
    }

    /// <summary>Closes the phase as <c>failed</c> unless it was completed. Harmless when repeated; throws nothing.</summary>
    public async ValueTask DisposeAsync() => await StoreEndAsync(
        PhaseOutcome.Failed,
        EndNow(PhaseOutcome.Failed, new { reason = RecordingReasons.NoOutcome }),
        CancellationToken.None);

    internal Task StoreStartAsync(CancellationToken cancellationToken) => _recorder.DeliverAsync([_run.Fact, _start], _run.StatedAt, cancellationToken);

    /// <summary>The first outcome counts; any later one finds the phase closed.</summary>
    /// <returns>The outcome that counts.</returns>
    private async Task<PhaseOutcome> StoreEndAsync(PhaseOutcome outcome, PhaseMetricFact end, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_outcome is { } settled)
            {
                return settled;
            }

            _outcome = outcome;
        }

        RunMetricsTelemetry.EndPhase(_activity, outcome, end.EndedAt!.Value);
        await _recorder.DeliverAsync([_run.Fact, end], _run.StatedAt, cancellationToken);
        return outcome;
    }

    private PhaseMetricFact EndNow(PhaseOutcome outcome, object? metadata)
    {
        // Whole milliseconds, as the instants have them: what is stored as duration is the difference of what is stored as instants.
        var elapsed = TimeSpan.FromMilliseconds(Math.Floor(Elapsed.TotalMilliseconds));
        return _recorder.Check(
            _start with
            {
                EndedAt = StartedAt + elapsed,
                DurationSeconds = Durations.WholeSeconds(elapsed),
                Outcome = outcome.Name(),
                Metadata = RunMetricsRecorder.ToMetadata(metadata),
            },
            FactStrictness.OwnClock);
    }
}

/// <summary>What the recorder itself writes to <c>metadata.reason</c> of a phase that it closes as failed.</summary>
public static class RecordingReasons
{
    /// <summary>The scope of the phase was left, by exception or return, without an outcome.</summary>
    public const string NoOutcome = "no_outcome";

    /// <summary>The process that recorded the phase was gone when the run was resumed.</summary>
    public const string ProcessLost = "process_lost";
}
