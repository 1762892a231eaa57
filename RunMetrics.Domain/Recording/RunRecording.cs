using System.Diagnostics;
using RunMetrics.Domain.Facts;

namespace RunMetrics;

/// <summary>
/// A run while it is recorded. Complete it with its status; one that is disposed without is recorded as <c>failed</c>. Its phases may be nested
/// or run in parallel.
/// </summary>
public sealed class RunRecording : IAsyncDisposable
{
    private readonly RunMetricsRecorder _recorder;
    private readonly long _startTimestamp;
    private readonly Lock _gate = new();
    private RunStatus _status = RunStatus.Running;

    internal RunRecording(RunMetricsRecorder recorder, RunFact fact, bool isResumed)
    {
        _recorder = recorder;
        _startTimestamp = recorder.Time.GetTimestamp();
        Fact = fact;

        // How long a run has taken before it was resumed only the wall clock can tell.
        StatedAt = isResumed ? Later(Instants.Normalize(recorder.Time.GetUtcNow()), fact.StartedAt) : fact.StartedAt!.Value;
        Activity = RunMetricsTelemetry.StartRun(
            recorder.Parent, fact.Id!, fact.ProjectId!, fact.WorkOrderId!, fact.StartedAt ?? StatedAt);
    }

    /// <summary>The id of the run.</summary>
    public string Id => Fact.Id!;

    /// <summary>The run as it was stated at its start. Every write repeats it, so that one lost write does not lose the rest of the run.</summary>
    internal RunFact Fact { get; }

    /// <summary>From when on this process records the run; its start, if it was not resumed.</summary>
    internal DateTimeOffset StatedAt { get; }

    internal Activity? Activity { get; }

    /// <summary>Starts a phase and stores that it has started.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="iteration">The iteration of the run, from 1.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the phase is then recorded as left without an outcome.</param>
    /// <returns>The phase, to be completed and disposed.</returns>
    /// <exception cref="ArgumentException"><paramref name="phase"/> or <paramref name="iteration"/> is not acceptable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<PhaseRecording> BeginPhaseAsync(RunPhase phase, int iteration = 1, CancellationToken cancellationToken = default)
    {
        var recording = new PhaseRecording(_recorder, this, phase, iteration);
        try
        {
            await recording.StoreStartAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The caller gets nothing to dispose of, and waits for nothing any more.
            _ = recording.DisposeAsync().AsTask();
            throw;
        }

        return recording;
    }

#pragma warning disable RS0026 // What the work gives tells the overloads apart.

    /// <summary>
    /// Records a phase around a piece of work: as <c>success</c> when it returns, unless it completed the phase otherwise; when it throws as
    /// <c>failed</c> with the exception, see <see cref="PhaseRecording.FailAsync"/>, which is thrown on.
    /// </summary>
    /// <param name="phase">The phase.</param>
    /// <param name="iteration">The iteration of the run, from 1.</param>
    /// <param name="work">What the phase does.</param>
    /// <param name="cancellationToken">Ends the wait for the store at the start of the phase; the work has a token of its own.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="phase"/> or <paramref name="iteration"/> is not acceptable; the work was not begun.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the work was not begun.</exception>
    public Task PhaseAsync(RunPhase phase, int iteration, Func<PhaseRecording, Task> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PhaseAsync(
            phase,
            iteration,
            async recording =>
            {
                await work(recording);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc cref="PhaseAsync(RunPhase, int, Func{PhaseRecording, Task}, CancellationToken)"/>
    /// <typeparam name="TResult">What the work gives.</typeparam>
    /// <returns>What the work gave.</returns>
    public async Task<TResult> PhaseAsync<TResult>(
        RunPhase phase, int iteration, Func<PhaseRecording, Task<TResult>> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await using var recording = await BeginPhaseAsync(phase, iteration, cancellationToken);
        try
        {
            var result = await work(recording);
            await recording.SucceedAsync();
            return result;
        }
        catch (Exception exception)
        {
            await recording.FailAsync(exception, CancellationToken.None);
            throw;
        }
    }

#pragma warning restore RS0026

    /// <summary>Ends the run and stores its end. The same status again changes nothing.</summary>
    /// <param name="status">How the run ended; not <see cref="RunStatus.Running"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the fact stays on its way.</param>
    /// <exception cref="ArgumentException"><paramref name="status"/> is no end.</exception>
    /// <exception cref="InvalidOperationException">The run has ended with another status.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task CompleteAsync(RunStatus status, CancellationToken cancellationToken = default)
    {
        var name = status.Name();
        if (status == RunStatus.Running)
        {
            throw new ArgumentException("A run is completed with succeeded, failed or cancelled.", nameof(status));
        }

        if (await StoreEndAsync(status, cancellationToken) is var settled && settled != status)
        {
            throw new InvalidOperationException($"The run {Id} has ended as {settled.Name()}; it cannot end as {name} too.");
        }
    }

    /// <summary>Ends the run as <c>failed</c> unless it was completed. Harmless when repeated; throws nothing.</summary>
    public async ValueTask DisposeAsync() => await StoreEndAsync(RunStatus.Failed, CancellationToken.None);

    /// <summary>The first status counts; any later one finds the run ended.</summary>
    /// <returns>The status that counts.</returns>
    private async Task<RunStatus> StoreEndAsync(RunStatus status, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_status != RunStatus.Running)
            {
                return _status;
            }

            _status = status;
        }

        var endedAt = Instants.Normalize(StatedAt + _recorder.Time.GetElapsedTime(_startTimestamp));
        RunMetricsTelemetry.EndRun(Activity, Fact.ProjectId!, status, Fact.StartedAt ?? StatedAt, endedAt);
        await _recorder.DeliverAsync([Fact with { Status = status.Name(), EndedAt = endedAt }], StatedAt, cancellationToken);
        return status;
    }

    private static DateTimeOffset Later(DateTimeOffset first, DateTimeOffset? second) => second > first ? second.Value : first;
}
