using Microsoft.Extensions.Logging;
using RunMetrics.Domain.Recording;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Commands;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Output;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>Works runs from their start, or from where a program that is gone left them, to their end.</summary>
/// <param name="target">Where runs are recorded.</param>
/// <param name="display">Where progress is shown.</param>
/// <param name="logger">Where failures of the recording are shown.</param>
/// <param name="time">The clock.</param>
internal sealed class RunSession(RecordingTarget target, IRunDisplay display, ILogger<RunMetricsRecorder> logger, TimeProvider time)
{
    /// <summary>Works a new run.</summary>
    /// <exception cref="RefusedException">The files of the run cannot be made; nothing was touched.</exception>
    public async Task<RunStatus> StartAsync(RunPlan plan, GitRepository repository, CancellationToken cancellationToken)
    {
        var folder = RunFolder.For(plan.RunId);
        using var journal = RunJournal.Start(folder, plan);
        var work = new RunWork(journal, folder, repository, display, time);
        display.RunStarted(plan, from: null);
        await using var recorder = target.MakeRecorder(time, logger);
        await using var run = await recorder.StartRunAsync(plan.ProjectId, plan.WorkOrderId, plan.RunId, CancellationToken.None);
        return await WorkAsync(run, work, Step.First, last: null, cancellationToken);
    }

    /// <summary>Works a run from the phase that was lost with its program.</summary>
    /// <exception cref="RefusedException">The run has ended; what it left behind was removed.</exception>
    public async Task<RunStatus> ResumeAsync(
        RunJournal journal, RunFolder folder, GitRepository repository, CancellationToken cancellationToken)
    {
        var plan = journal.State.Plan;
        var work = new RunWork(journal, folder, repository, display, time);
        var history = await ReadAsync(plan.RunId, cancellationToken);
        EndOrphans(work);
        if (history is { Run.Status: not RunStatus.Running })
        {
            await RunCleanup.CleanAsync(work, history.Run.Status);
            throw new RefusedException($"The run {plan.RunId} has ended as {history.Run.Status.Name()}; there is nothing to resume. Start a new one.");
        }

        var finished = Step.FindLastFinished(history?.PhaseMetrics ?? []);
        var next = finished is { } last ? last.Step.Next(last.Outcome, plan.MaxIterations) : Step.First;
        display.RunStarted(plan, from: next);
        await using var recorder = target.MakeRecorder(time, logger);
        await using var run = await recorder.ResumeRunAsync(plan.RunId, plan.ProjectId, plan.WorkOrderId, CancellationToken.None);
        if (next is not null && next != Step.First && !Directory.Exists(folder.Worktree))
        {
            display.Note($"the worktree {folder.Worktree} is gone, and with it the work of the run");
            next = null;
        }

        return await WorkAsync(run, work, next, next is null && finished?.Step.Phase != RunPhase.Merge ? PhaseOutcome.Failed : finished?.Outcome, cancellationToken);
    }

    /// <summary>What is recorded of a run, read back from the store.</summary>
    /// <exception cref="RefusedException">The store does not answer.</exception>
    public async Task<RunHistory?> ReadAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return await target.Store.FindRunAsync(runId, ProjectAccess.All, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new RefusedException($"What is recorded of the run {runId} cannot be read: {exception.Message}");
        }
    }

    private static async Task<RunStatus> WorkAsync(
        RunRecording run, RunWork work, Step? first, PhaseOutcome? last, CancellationToken cancellationToken)
    {
        var status = RunStatus.Failed;
        try
        {
            status = await new PhaseLoop(work).WorkAsync(run, first, last, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            status = RunStatus.Cancelled;
        }
        finally
        {
            await run.CompleteAsync(status, CancellationToken.None);
            await RunCleanup.CleanAsync(work, status);
        }

        return status;
    }

    /// <summary>Ends what the program that is gone had started; nobody waits for it any more, and it would work beside its successor.</summary>
    private static void EndOrphans(RunWork work)
    {
        using (var child = work.Journal.State.Child?.Find())
        {
            if (child is not null)
            {
                ProcessTree.End(child);
            }
        }

        ProcessTree.EndMarked(work.Mark);
    }
}
