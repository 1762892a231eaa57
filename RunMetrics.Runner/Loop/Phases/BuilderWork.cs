using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Runner.Loop.Phases;

/// <summary>Lets the builder work. What it changes, and nothing else, is the work of the run.</summary>
internal sealed class BuilderWork(RunWork work) : IPhaseWork
{
    /// <inheritdoc />
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        // What a builder that was lost has done counts as this one's, because this one goes on from there.
        if (work.Journal.State.BuilderTree is null)
        {
            var before = await work.Worktree.TakeTreeAsync(cancellationToken);
            work.Journal.Write(state => state with { BuilderTree = before });
        }

        var builder = await work.RunCommandAsync(work.Plan.BuilderCommand, "builder", step, cancellationToken);
        notes.Set("exit_code", builder.ExitCode);
        if (await work.GatherBuilderWorkAsync(cancellationToken) is { } size)
        {
            notes.Set(size);
        }

        if (builder.Succeeded)
        {
            return PhaseOutcome.Success;
        }

        notes.Set(PhaseNotes.Reason, FailureReasons.CommandFailed);
        return PhaseOutcome.Failed;
    }
}
