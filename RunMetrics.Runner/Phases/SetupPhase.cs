using RunMetrics.Runner.Reports;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>
/// Makes the worktree, prepares it by the setup command and takes a baseline of the tests. Tests that fail before anything was done are noted and
/// stop nothing: to mend them may be what the work order asks for.
/// </summary>
internal sealed class SetupPhase(RunContext run)
{
    /// <summary>Works the phase.</summary>
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        await run.Worktree.CreateAsync(run.Plan.BaseCommit, cancellationToken);
        notes.Set("base_commit", run.Plan.BaseCommit);
        await File.WriteAllTextAsync(run.Folder.FeedbackFor(step.Iteration), "", cancellationToken);

        if (run.Plan.SetupCommand is { } command)
        {
            var setup = await run.RunCommandAsync(command, "setup", step, cancellationToken);
            notes.Set("exit_code", setup.ExitCode);
            if (!setup.Succeeded)
            {
                notes.Set(PhaseNotes.Reason, FailureReasons.CommandFailed);
                return PhaseOutcome.Failed;
            }
        }

        var reports = TestReports.Watch(run.Worktree.Folder);
        var baseline = await run.RunCommandAsync(run.Plan.TestCommand, "baseline", step, cancellationToken);
        notes.Set("baseline_exit_code", baseline.ExitCode);
        notes.Set(reports.Read(baseline.ResultsFolder), "baseline_");
        return PhaseOutcome.Success;
    }
}
