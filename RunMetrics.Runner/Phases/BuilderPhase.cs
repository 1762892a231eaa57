using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>Lets the builder work. What it changes, and nothing else, is the work of the run.</summary>
internal sealed class BuilderPhase(RunContext run)
{
    /// <summary>Works the phase.</summary>
    public async Task<PhaseOutcome> WorkAsync(Step step, PhaseNotes notes, CancellationToken cancellationToken)
    {
        // What a builder that was lost has done counts as this one's, because this one goes on from there.
        if (run.State.BuilderTree is null)
        {
            var before = await run.Worktree.WriteTreeAsync(cancellationToken);
            run.Update(state => state with { BuilderTree = before });
        }

        var builder = await run.RunCommandAsync(run.Plan.BuilderCommand, "builder", step, cancellationToken);
        notes.Set("exit_code", builder.ExitCode);
        if (await run.GatherBuilderWorkAsync(cancellationToken) is { } size)
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
