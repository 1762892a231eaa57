using System.Diagnostics;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Phases;
using RunMetrics.Runner.Processes;
using RunMetrics.Runner.Recording;
using RunMetrics.Runner.Runs;
using RunMetrics.Runner.Telemetry;

namespace RunMetrics.Runner.Loop;

/// <summary>Works runs from their start, or from where a program that is gone left them, to their end.</summary>
/// <param name="target">Where runs are recorded.</param>
/// <param name="telemetry">What is told of the runs.</param>
/// <param name="display">Where progress is shown.</param>
/// <param name="time">The clock.</param>
internal sealed class RunSession(RecordingTarget target, RunTelemetry telemetry, IRunDisplay display, TimeProvider time)
{
    /// <summary>Works a new run.</summary>
    /// <exception cref="RefusedException">The files of the run cannot be made; nothing was touched.</exception>
    public async Task<RunResult> StartAsync(RunPlan plan, GitRepository repository, CancellationToken cancellationToken)
    {
        var folder = RunFolder.For(plan.RunId);
        using var stateFile = RunStateFile.Create(folder, plan);
        var run = new RunContext(stateFile, folder, repository, display, time);
        display.RunStarted(plan, from: null);
        await using var recorder = target.MakeRecorder(telemetry, time);
        await using var recording = await recorder.StartRunAsync(plan.ProjectId, plan.WorkOrderId, plan.RunId, plan.Labels, CancellationToken.None);
        return await WorkAsync(recording, run, Step.First, last: null, cancellationToken);
    }

    /// <summary>Works a run from the phase that was lost with its program.</summary>
    /// <exception cref="RefusedException">The run has ended; what it left behind was removed.</exception>
    public async Task<RunResult> ResumeAsync(
        RunStateFile stateFile, RunFolder folder, GitRepository repository, CancellationToken cancellationToken)
    {
        var plan = stateFile.State.Plan;
        var run = new RunContext(stateFile, folder, repository, display, time);
        var history = await ReadAsync(plan.RunId, cancellationToken);
        EndProcesses(run);
        if (history is { Run.Status: not RunStatus.Running })
        {
            await RunCleanup.CleanAsync(run, history.Run.Status);
            throw new RefusedException($"The run {plan.RunId} has ended as {history.Run.Status.Name()}; there is nothing to resume. Start a new one.");
        }

        var recorded = history?.PhaseMetrics ?? [];
        run.Phases.AddRange(recorded.Select(PhaseResult.OfResumed));
        var finished = Step.FindLastFinished(recorded);
        var next = finished is { } last ? last.Step.Next(last.Outcome, plan.MaxIterations) : Step.First;
        display.RunStarted(plan, from: next);
        if (next == Step.First)
        {
            await RunCleanup.ResetAsync(run);
        }

        await using var recorder = target.MakeRecorder(telemetry, time);
        await using var recording = await recorder.ResumeRunAsync(plan.RunId, plan.ProjectId, plan.WorkOrderId, plan.Labels, CancellationToken.None);
        if (next is not null && next != Step.First && !Directory.Exists(folder.Worktree))
        {
            display.Note($"the worktree {folder.Worktree} is gone, and with it the work of the run");
            next = null;
        }

        var lastOutcome = next is null && finished?.Step.Phase != RunPhase.Merge ? PhaseOutcome.Failed : finished?.Outcome;
        return await WorkAsync(recording, run, next, lastOutcome, cancellationToken);
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

    private static async Task<RunResult> WorkAsync(
        RunRecording recording, RunContext run, Step? first, PhaseOutcome? last, CancellationToken cancellationToken)
    {
        // What is logged and started from here on is part of the run.
        Activity.Current = recording.Activity;
        var status = RunStatus.Failed;
        void OnForcedExit(object? sender, EventArgs args) => EndProcesses(run);
        AppDomain.CurrentDomain.ProcessExit += OnForcedExit;
        await using var told = cancellationToken.Register(() => run.Display.Note(
            $"ending in good order; a second Ctrl-C or SIGTERM forces the end, after which runmetrics resume {run.Plan.RunId} goes on"));
        try
        {
            status = await new PhaseLoop(run).WorkAsync(recording, first, last, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            status = RunStatus.Cancelled;
        }
        finally
        {
            await recording.CompleteAsync(status, CancellationToken.None);
            await RunCleanup.CleanAsync(run, status);
            AppDomain.CurrentDomain.ProcessExit -= OnForcedExit;
        }

        return new RunResult(status, run.Phases);
    }

    /// <summary>Ends what a program that is gone, or goes now, has started: it would work beside the program that resumes the run.</summary>
    private static void EndProcesses(RunContext run)
    {
        using (var child = run.State.Child?.Find())
        {
            if (child is not null)
            {
                ProcessTree.End(child);
            }
        }

        ProcessTree.EndMarked(run.Mark);
    }
}
