using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Reports;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>
/// Makes the worktree, prepares it by the setup command and takes a baseline of the tests. Tests that fail before anything was done are noted and
/// stop nothing: to mend them may be what the work order asks for.
/// </summary>
internal sealed class SetupWork(RunWork work) : IPhaseWork
{
    /// <inheritdoc />
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        await work.Worktree.CreateAsync(work.Plan.BaseCommit, cancellationToken);
        notes.Set("base_commit", work.Plan.BaseCommit);
        await File.WriteAllTextAsync(work.Folder.FeedbackFor(step.Iteration), "", cancellationToken);

        if (work.Plan.SetupCommand is { } command)
        {
            var setup = await work.RunCommandAsync(command, "setup", step, cancellationToken);
            notes.Set("exit_code", setup.ExitCode);
            if (!setup.Succeeded)
            {
                notes.Set(PhaseNotes.Reason, FailureReasons.CommandFailed);
                return PhaseOutcome.Failed;
            }
        }

        var reports = TestReports.Watch(work.Worktree.Folder);
        var baseline = await work.RunCommandAsync(work.Plan.TestCommand, "baseline", step, cancellationToken);
        notes.Set("baseline_exit_code", baseline.ExitCode);
        notes.Set(reports.Read(baseline.ResultsFolder), "baseline_");
        return PhaseOutcome.Success;
    }
}
