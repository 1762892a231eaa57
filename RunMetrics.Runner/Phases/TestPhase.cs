using RunMetrics.Runner.Reports;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>Tests the work. What failing tests say is the feedback for the next builder.</summary>
internal sealed class TestPhase(RunContext run)
{
    /// <summary>Works the phase.</summary>
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        var reports = TestReports.Watch(run.Worktree.Folder);
        var tests = await run.RunCommandAsync(run.Plan.TestCommand, "test", step, cancellationToken);
        notes.Set("exit_code", tests.ExitCode);
        notes.Set(reports.Read(tests.ResultsFolder));
        if (tests.Succeeded)
        {
            return PhaseOutcome.Success;
        }

        notes.Set(PhaseNotes.Reason, FailureReasons.TestsFailed);
        return PhaseOutcome.Failed;
    }
}
