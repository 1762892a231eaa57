using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>
/// Records runs as they happen. It never breaks the run it records: a store that fails, hangs or refuses costs a call at most
/// <see cref="RunMetricsRecorderOptions.StoreTimeout"/>, is logged, counted and not thrown. Mistakes of the caller, such as iteration 0 or
/// metadata that is no JSON object, are thrown where they are made as <see cref="ArgumentException"/> or
/// <see cref="InvalidOperationException"/>. One recorder serves any number of runs at once and is safe to use from any thread.
/// </summary>
public sealed partial class RunMetricsRecorder : IAsyncDisposable
{
    private readonly IRunMetricsStore _store;
    private readonly QueuedWriter _writer;
    private readonly RunMetricsRecorderOptions _options;
    private readonly ILogger _logger;
    private readonly FactValidator _validator;
    private readonly IRecorderTarget? _target;
    private long _failedCalls;
    private string? _lastFailure;

    /// <summary>Makes a recorder.</summary>
    /// <param name="store">Where facts go.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="logger">Where failures of the store are logged; nowhere by default.</param>
    /// <param name="options">How much recording may cost.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public RunMetricsRecorder(
        IRunMetricsStore store,
        TimeProvider? time = null,
        ILogger<RunMetricsRecorder>? logger = null,
        RunMetricsRecorderOptions? options = null)
        : this(store, target: null, time, logger, options)
    {
    }

    /// <summary>Makes a recorder that disposes of what its store belongs to.</summary>
    internal RunMetricsRecorder(
        IRunMetricsStore store,
        IRecorderTarget? target,
        TimeProvider? time,
        ILogger<RunMetricsRecorder>? logger,
        RunMetricsRecorderOptions? options)
    {
        _target = target;
        _options = options ?? new RunMetricsRecorderOptions();
        RunMetricsRecorderOptions.Validate(_options);
        _logger = logger ?? NullLogger<RunMetricsRecorder>.Instance;
        Time = time ?? TimeProvider.System;
        _validator = new FactValidator(Time);
        _store = store;
        _writer = new QueuedWriter(store, _options.MaxWaitingFacts, Time);
    }

    /// <summary>How many calls the store did not answer in time, failed or refused, since this recorder was made.</summary>
    public long FailedCalls => Interlocked.Read(ref _failedCalls);

    /// <summary>
    /// What could not be recorded last, and why, in one sentence; of a recorder that was opened on a server also why facts wait on this machine.
    /// Null while nothing of it happened.
    /// </summary>
    public string? LastFailure => Volatile.Read(ref _lastFailure) ?? _target?.LastFailure;

    internal TimeProvider Time { get; }

    /// <summary>The parent of the activities of runs; the current activity of whoever starts a run when it is the default.</summary>
    internal ActivityContext Parent { get; init; }

    /// <summary>Starts a run and stores that it is running.</summary>
    /// <param name="projectId">The project, usually a repository: see <see cref="Identifiers.AcceptedProject"/>.</param>
    /// <param name="workOrderId">The work order that the run works on: see <see cref="Identifiers.Accepted"/>.</param>
    /// <param name="runId">The id of the run; made when null.</param>
    /// <param name="labels">
    /// What tells the run from others, such as agent or model: at most 16, names of the characters of ids, values of 1 to 128 characters.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the store; the run is then recorded as failed.</param>
    /// <returns>The run, to be completed and disposed.</returns>
    /// <exception cref="ArgumentException">An id or a label is not acceptable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RunRecording> StartRunAsync(
        string projectId,
        string workOrderId,
        string? runId = null,
        IReadOnlyDictionary<string, string>? labels = null,
        CancellationToken cancellationToken = default)
    {
        var fact = Check(new RunFact
        {
            Id = runId ?? Identifiers.Create(Time),
            ProjectId = projectId,
            WorkOrderId = workOrderId,
            Status = RunStatus.Running.Name(),
            StartedAt = Instants.Normalize(Time.GetUtcNow()),
            Labels = Copy(labels),
        }, FactStrictness.OwnClock);
        var run = new RunRecording(this, fact, isResumed: false);
        try
        {
            await DeliverAsync([fact], run.StatedAt, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The caller gets nothing to dispose of, and waits for nothing any more.
            _ = run.DisposeAsync().AsTask();
            throw;
        }

        return run;
    }

    /// <summary>
    /// Resumes a run whose process is gone. The phases that it left open are closed as <c>failed</c>, their end unknown, with the metadata
    /// <c>{"reason":"process_lost"}</c>. A run that the store does not know is started.
    /// </summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="projectId">The project of the run.</param>
    /// <param name="workOrderId">The work order of the run.</param>
    /// <param name="labels">Its labels, as at its start; those that are recorded need not be given again.</param>
    /// <param name="cancellationToken">Ends the wait for the store; facts stay on their way.</param>
    /// <returns>The run, to be completed and disposed.</returns>
    /// <exception cref="ArgumentException">An id or a label is not acceptable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RunRecording> ResumeRunAsync(
        string runId,
        string projectId,
        string workOrderId,
        IReadOnlyDictionary<string, string>? labels = null,
        CancellationToken cancellationToken = default)
    {
        var calledAt = Time.GetTimestamp();
        var now = Instants.Normalize(Time.GetUtcNow());
        var fact = Check(new RunFact
        {
            Id = runId,
            ProjectId = projectId,
            WorkOrderId = workOrderId,
            Status = RunStatus.Running.Name(),
            StartedAt = now,
            Labels = Copy(labels),
        }, FactStrictness.OwnClock);

        var (answered, history) = await ReadAsync(runId, calledAt, cancellationToken);
        fact = fact with { StartedAt = answered ? history?.Run.StartedAt ?? now : null };

        // A store that does not answer may still know when the run started: then that is left unsaid rather than contradicted.
        var run = new RunRecording(this, fact, isResumed: true);
        var lost = (history?.PhaseMetrics ?? []).Where(metric => metric.Outcome is null).Select(CloseLost);
        await DeliverAsync([fact, .. lost], run.StatedAt, calledAt, cancellationToken);
        return run;
    }

    /// <summary>Records a phase that has just finished, in one call: it ends now, and its duration is taken from the wall clock.</summary>
    /// <param name="runId">The run that the phase belongs to; the store must know it.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="iteration">The iteration of the run, from 1.</param>
    /// <param name="outcome">How the phase came out.</param>
    /// <param name="startedAt">When the phase started.</param>
    /// <param name="metadata">An object that serializes to a JSON object of at most 16 KiB, or null.</param>
    /// <param name="cancellationToken">Ends the wait for the store; the fact stays on its way.</param>
    /// <exception cref="ArgumentException">An argument is not acceptable.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task RecordPhaseAsync(
        string runId,
        RunPhase phase,
        int iteration,
        PhaseOutcome outcome,
        DateTimeOffset startedAt,
        object? metadata = null,
        CancellationToken cancellationToken = default)
    {
        var start = Instants.Normalize(startedAt);
        var now = Instants.Normalize(Time.GetUtcNow());

        // A clock that was set back must not make the phase end before it starts.
        var end = now < start ? start : now;
        var fact = Check(new PhaseMetricFact
        {
            Id = Identifiers.Create(Time),
            RunId = runId,
            Phase = phase.Name(),
            Iteration = iteration,
            StartedAt = start,
            EndedAt = end,
            Outcome = outcome.Name(),
            Metadata = ToMetadata(metadata),
        }, FactStrictness.Complete);
        RunMetricsTelemetry.EndPhase(RunMetricsTelemetry.StartPhase(null, runId, fact.Id!, phase, iteration, start), outcome, end);
        await DeliverAsync([fact], now, cancellationToken);
    }

    /// <summary>
    /// Waits, at most <see cref="RunMetricsRecorderOptions.StoreTimeout"/>, until all facts on their way are stored; then closes what the recorder
    /// was opened with, if it was: a spool goes on delivering for 3 seconds at most while its server answers. Harmless when repeated; throws nothing.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _writer.DisposeAsync().AsTask().WaitAsync(_options.StoreTimeout, Time);
        }
        catch (TimeoutException)
        {
            ReportFailure("the facts still on their way", null, $"the store did not take them within {_options.StoreTimeout}");

            // Closing would wait for what hangs.
            return;
        }

        try
        {
            await (_target?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception exception)
        {
            ReportFailure("the end of the recording", exception, exception.Message);
        }
    }

    internal static JsonElement? ToMetadata(object? metadata)
    {
        if (metadata is null)
        {
            return null;
        }

        try
        {
            return JsonSerializer.SerializeToElement(metadata, metadata.GetType());
        }
        catch (Exception exception)
        {
            // The serializer throws many things, and the properties of the metadata anything.
            throw new ArgumentException($"The metadata cannot be serialized: {exception.Message}", nameof(metadata), exception);
        }
    }

    /// <summary>Holds a fact against the rules, so that a mistake is reported to the one who made it.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="strictness"><see cref="FactStrictness.OwnClock"/> where the instants are not the caller's.</param>
    internal TFact Check<TFact>(TFact fact, FactStrictness strictness)
        where TFact : Fact =>
        _validator.Validate(fact, strictness) is { } rejection ? throw CallerMistake.Of(fact, rejection) : fact;

    /// <summary>Sends facts on their way and waits for the store as long as the options allow. Never throws but for cancellation.</summary>
    /// <param name="facts">What is stated; the last fact is the one that the call is about.</param>
    /// <param name="statedAt">When the run starts if the facts do not say it and the store does not know it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal Task DeliverAsync(IReadOnlyList<Fact> facts, DateTimeOffset statedAt, CancellationToken cancellationToken) =>
        DeliverAsync(facts, statedAt, Time.GetTimestamp(), cancellationToken);

    private async Task DeliverAsync(IReadOnlyList<Fact> facts, DateTimeOffset statedAt, long calledAt, CancellationToken cancellationToken)
    {
        var writing = WriteAsync(new FactBatch(facts, ProjectAccess.All, statedAt));
        try
        {
            var results = await writing.WaitAsync(Remaining(calledAt), Time, cancellationToken);
            if (FindRejected(facts, results) is { } rejected)
            {
                ReportFailure(rejected.Fact, null, rejected.Reason);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (TimeoutException) when (!writing.IsCompleted)
        {
            ReportFailure(facts[^1], null, $"the store did not answer within {_options.StoreTimeout}; the fact is still on its way");
            _ = ReportLateFailureAsync(facts, writing);
        }
        catch (Exception exception)
        {
            ReportFailure(facts[^1], exception, exception.Message);
        }
    }

    /// <summary>The last fact that was refused, and why; null when none was.</summary>
    private static (Fact Fact, string Reason)? FindRejected(IEnumerable<Fact> facts, IEnumerable<FactResult> results) => facts
        .Zip(results, (fact, result) => result.Rejection is { } rejection ? (fact, rejection.Message) : ((Fact, string)?)null)
        .LastOrDefault(rejected => rejected is not null);

    /// <summary>Turns an exception thrown at once into that of a task.</summary>
    private async Task<IReadOnlyList<FactResult>> WriteAsync(FactBatch batch) => await _writer.WriteAsync(batch, CancellationToken.None);

    /// <summary>The call was counted and its caller has gone on; that its fact is lost after all is told, but counts no second time.</summary>
    private async Task ReportLateFailureAsync(IReadOnlyList<Fact> facts, Task<IReadOnlyList<FactResult>> writing)
    {
        var fact = facts[^1];
        try
        {
            if (FindRejected(facts, await writing) is { } rejected)
            {
                KeepFailure(Describe(rejected.Fact), null, rejected.Reason);
            }
        }
        catch (Exception exception)
        {
            KeepFailure(Describe(fact), exception, exception.Message);
        }
    }

    private async Task<(bool Answered, RunHistory? History)> ReadAsync(
        string runId, long calledAt, CancellationToken cancellationToken)
    {
        try
        {
            var reading = Task.Factory
                .StartNew(
                    () => _store.FindRunAsync(runId, ProjectAccess.All, CancellationToken.None),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default)
                .Unwrap();
            return (true, await reading.WaitAsync(Remaining(calledAt), Time, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            ReportFailure($"the history of run {runId}", exception, exception.Message);
            return (false, null);
        }
    }

    /// <summary>What is left of the time that a call may wait, however often it asks the store.</summary>
    private TimeSpan Remaining(long calledAt)
    {
        var remaining = _options.StoreTimeout - Time.GetElapsedTime(calledAt);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    /// <summary>What the caller does with its own labels afterwards is not said of the run.</summary>
    private static SortedDictionary<string, string>? Copy(IReadOnlyDictionary<string, string>? labels) =>
        labels is null ? null : new SortedDictionary<string, string>(labels.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    private static PhaseMetricFact CloseLost(PhaseMetricRecord open) => open.ToFact() with
    {
        Outcome = PhaseOutcome.Failed.Name(),
        Metadata = JsonSerializer.SerializeToElement(new { reason = RecordingReasons.ProcessLost }),
    };

    private void ReportFailure(Fact fact, Exception? exception, string reason) =>
        ReportFailure(Describe(fact), exception, reason);

    private static string Describe(Fact fact) => $"{(fact is RunFact ? "run" : "phase metric")} {fact.Id}";

    private void ReportFailure(string what, Exception? exception, string reason)
    {
        Interlocked.Increment(ref _failedCalls);
        RunMetricsTelemetry.CountFailedCall();
        KeepFailure(what, exception, reason);
    }

    private void KeepFailure(string what, Exception? exception, string reason)
    {
        Volatile.Write(ref _lastFailure, $"RunMetrics could not record {what}: {reason}");
        LogFailure(_logger, exception, what, reason);
    }

    [LoggerMessage(1, LogLevel.Warning, "RunMetrics could not record {What}: {Reason}")]
    private static partial void LogFailure(ILogger logger, Exception? exception, string what, string reason);
}

/// <summary>What a recorder was opened on and closes with itself.</summary>
internal interface IRecorderTarget : IAsyncDisposable
{
    /// <summary>What went wrong last without a call of the recorder failing, such as that facts wait for a server; null for nothing.</summary>
    string? LastFailure { get; }
}
