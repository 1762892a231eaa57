using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Phases;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Loop;

/// <summary>Takes a run through its phases and records each.</summary>
internal sealed class PhaseLoop(RunContext run)
{
    private const int MaxFeedbackBytes = 256 * 1024;

    /// <summary>Works a run from a step to its end.</summary>
    /// <param name="recording">The recording of the run; it is completed, unless this throws.</param>
    /// <param name="first">The step to begin with; null when all phases are done.</param>
    /// <param name="last">How the phase before it came out; null when there was none.</param>
    /// <param name="cancellationToken">Calls the run off.</param>
    /// <exception cref="OperationCanceledException">The run was called off.</exception>
    public async Task<RunStatus> WorkAsync(RunRecording recording, Step? first, PhaseOutcome? last, CancellationToken cancellationToken)
    {
        var outcome = last;
        for (var step = first; step is not null; step = step.Next(outcome.Value, run.Plan.MaxIterations))
        {
            cancellationToken.ThrowIfCancellationRequested();
            outcome = await WorkAsync(recording, step, cancellationToken);
        }

        // Only a merge ends a run well.
        return outcome is PhaseOutcome.Success or PhaseOutcome.Skipped ? RunStatus.Succeeded : RunStatus.Failed;
    }

    private async Task<PhaseOutcome> WorkAsync(RunRecording recording, Step step, CancellationToken cancellationToken)
    {
        using var mergeLock = step.Phase == RunPhase.Merge ? await AcquireMergeLockAsync(cancellationToken) : null;
        var notes = new PhaseNotes();
        if (mergeLock is not null)
        {
            notes.Set("waited_seconds", Math.Round(mergeLock.Waited.TotalSeconds, 3));
        }

        // Not cancelled: the start of a phase that is on its way to the store must be followed by its end.
        await using var phase = await recording.BeginPhaseAsync(step.Phase, step.Iteration, CancellationToken.None);

        // Of a run that is not sampled, the phases have none of their own.
        Activity.Current = phase.Activity ?? Activity.Current;
        run.Display.PhaseStarted(step);
        try
        {
            var outcome = await WorkInTimeAsync(step, notes, cancellationToken);
            if (step.Next(outcome, int.MaxValue) is { } next && next.Iteration > step.Iteration)
            {
                await TryPassOnFeedbackAsync(step, notes, next, cancellationToken);
            }

            await CompleteAsync(phase, step, outcome, notes);
            return outcome;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            notes.Set(PhaseNotes.Reason, FailureReasons.Cancelled);
            await CompleteAsync(phase, step, PhaseOutcome.Failed, notes);
            throw;
        }
    }

    private async Task<PhaseOutcome> WorkInTimeAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(run.Plan.PhaseTimeout, run.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await (step.Phase switch
            {
                RunPhase.Setup => new SetupPhase(run).WorkAsync(step, notes, either.Token),
                RunPhase.Builder => new BuilderPhase(run).WorkAsync(step, notes, either.Token),
                RunPhase.Test => new TestPhase(run).WorkAsync(step, notes, either.Token),
                RunPhase.Reviewer => new ReviewerPhase(run).WorkAsync(step, notes, either.Token),
                _ => new MergePhase(run).WorkAsync(notes, either.Token),
            });
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            notes.Set(PhaseNotes.Reason, FailureReasons.Timeout);
            notes.Set("timeout_seconds", run.Plan.PhaseTimeout.TotalSeconds);
            return PhaseOutcome.Failed;
        }
        catch (Exception exception) when (exception is GitException or IOException or UnauthorizedAccessException)
        {
            notes.Set(PhaseNotes.Reason, exception is GitException ? FailureReasons.GitFailed : FailureReasons.FilesFailed);
            notes.SetText("message", exception.Message);
            return PhaseOutcome.Failed;
        }
    }

    private Task<MergeLock> AcquireMergeLockAsync(CancellationToken cancellationToken) => MergeLock.AcquireAsync(
        run.Repository, () => run.Display.Note("waiting to merge: another run merges into this repository"), run.Time, cancellationToken);

    private async Task CompleteAsync(PhaseRecording phase, Step step, PhaseOutcome outcome, PhaseNotes notes)
    {
        var elapsed = phase.Elapsed;
        await phase.CompleteAsync(outcome, notes.ToMetadata(), CancellationToken.None);
        var result = new PhaseResult(step, outcome, elapsed, JsonSerializer.SerializeToElement(notes.Members));
        run.Phases.Add(result);
        run.Display.PhaseEnded(result, FindLogOfFailure(step, outcome, notes));
    }

    /// <summary>Whoever called a run off knows why its phase failed.</summary>
    private LogTail? FindLogOfFailure(Step step, PhaseOutcome outcome, PhaseNotes notes) =>
        outcome == PhaseOutcome.Failed && !notes.HasReason(FailureReasons.Cancelled) && run.FindLog(step) is { } log ? LogTail.Read(log) : null;

    /// <summary>What a phase has found out stands, even when it cannot be passed on.</summary>
    private async Task TryPassOnFeedbackAsync(Step step, PhaseNotes notes, Step next, CancellationToken cancellationToken)
    {
        try
        {
            await PassOnFeedbackAsync(step, notes, next, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            notes.SetText("feedback_lost", exception.Message);
        }
    }

    /// <summary>Written before the phase is closed: a run that is resumed finds either the phase open or the feedback here.</summary>
    private async Task PassOnFeedbackAsync(Step step, PhaseNotes notes, Step next, CancellationToken cancellationToken)
    {
        await using var feedback = new FileStream(run.Folder.FeedbackFor(next.Iteration), FileMode.Create, FileAccess.Write);
        await using (var log = new FileStream(run.Folder.LogOf(step.Phase, step.Iteration, step.Phase.Name()), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite))
        {
            log.Seek(Math.Max(0, log.Length - MaxFeedbackBytes), SeekOrigin.Begin);
            await log.CopyToAsync(feedback, cancellationToken);
        }

        if (notes.HasReason(FailureReasons.Timeout))
        {
            var line = string.Create(
                CultureInfo.InvariantCulture, $"\nrunmetrics: {step.Phase.Name()} was ended after {run.Plan.PhaseTimeout.TotalSeconds} s without a result\n");
            await feedback.WriteAsync(Encoding.UTF8.GetBytes(line), cancellationToken);
        }
    }
}
