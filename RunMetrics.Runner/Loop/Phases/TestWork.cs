using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Reports;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>Tests the work. What failing tests say is the feedback for the next builder.</summary>
internal sealed class TestWork(RunWork work) : IPhaseWork
{
    /// <inheritdoc />
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        var reports = TestReports.Watch(work.Worktree.Folder);
        var tests = await work.RunCommandAsync(work.Plan.TestCommand, "test", step, cancellationToken);
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
