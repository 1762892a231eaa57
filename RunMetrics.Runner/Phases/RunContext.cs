using System.Globalization;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Processes;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Phases;

/// <summary>All that the phases of one run work with.</summary>
/// <param name="stateFile">What outlives this program.</param>
/// <param name="folder">Where the files of the run lie.</param>
/// <param name="repository">The repository.</param>
/// <param name="display">Where progress is shown.</param>
/// <param name="time">The clock.</param>
internal sealed class RunContext(RunStateFile stateFile, RunFolder folder, GitRepository repository, IRunDisplay display, TimeProvider time)
{
    private (Step Step, string Log)? _lastCommand;

    /// <summary>What the run is to do.</summary>
    public RunPlan Plan => State.Plan;

    /// <summary>What outlives this program.</summary>
    public RunState State => stateFile.State;

    /// <summary>Where the files of the run lie.</summary>
    public RunFolder Folder => folder;

    /// <summary>The repository.</summary>
    public GitRepository Repository => repository;

    /// <summary>The worktree and branch of the run.</summary>
    public RunWorktree Worktree { get; } = new(repository, folder.Worktree, stateFile.State.Plan.Branch, folder.IndexFile);

    /// <summary>Where progress is shown.</summary>
    public IRunDisplay Display => display;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>How the phases came out so far, in the order in which they started.</summary>
    public List<PhaseResult> Phases { get; } = [];

    /// <summary>The variable that every process of the run carries.</summary>
    public string Mark => $"RUNMETRICS_RUN_ID={Plan.RunId}";

    /// <summary>Writes a new state.</summary>
    public void Update(Func<RunState, RunState> change) => stateFile.Update(change);

    /// <summary>Runs one of the run's commands in the worktree.</summary>
    /// <param name="text">The command.</param>
    /// <param name="name">What it is called in the name of its log.</param>
    /// <param name="step">The phase that it is part of.</param>
    /// <param name="cancellationToken">Ends the command and everything that it has started.</param>
    public async Task<CommandResult> RunCommandAsync(string text, string name, Step step, CancellationToken cancellationToken)
    {
        var log = folder.LogOf(step.Phase, step.Iteration, name);
        _lastCommand = (step, log);
        var results = folder.MakeResultsFolder(step.Phase, step.Iteration);
        File.Delete(log);
        var command = new ShellCommand(text, Worktree.Folder, log, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RUNMETRICS_RUN_ID"] = Plan.RunId,
            ["RUNMETRICS_WORK_ORDER_ID"] = Plan.WorkOrderId,
            ["RUNMETRICS_PROJECT_ID"] = Plan.ProjectId,
            ["RUNMETRICS_BASE"] = Plan.BaseBranch,
            ["RUNMETRICS_BASE_COMMIT"] = Plan.BaseCommit,
            ["RUNMETRICS_BRANCH"] = Plan.Branch,
            ["RUNMETRICS_PHASE"] = step.Phase.Name(),
            ["RUNMETRICS_ITERATION"] = step.Iteration.ToString(CultureInfo.InvariantCulture),
            ["RUNMETRICS_FEEDBACK_FILE"] = folder.FeedbackFor(step.Iteration),
            ["RUNMETRICS_TEST_RESULTS"] = results,
        });
        var exitCode = await command.RunAsync(child => Update(state => state with { Child = child }), time, cancellationToken);
        return new CommandResult(exitCode, results);
    }

    /// <summary>The log of the command that a phase ran last; null when it ran none.</summary>
    public string? FindLog(Step step) => _lastCommand is { } last && last.Step == step ? last.Log : null;

    /// <summary>Adds what the builder has done, finished or not, to the work of the run.</summary>
    /// <returns>How much it was; null when no builder was at work.</returns>
    public async Task<ChangeSize?> GatherBuilderWorkAsync(CancellationToken cancellationToken)
    {
        if (State.BuilderTree is not { } before)
        {
            return null;
        }

        var after = await Worktree.WriteTreeAsync(cancellationToken);
        var start = State.WorkTree ?? await repository.FindTreeAsync(Plan.BaseCommit, cancellationToken);
        var work = await Worktree.ApplyAsync(start, before, after, cancellationToken);
        var size = await ChangeSize.BetweenAsync(Worktree.Git, before, after, cancellationToken);
        Update(state => state with { BuilderTree = null, WorkTree = work });
        return size;
    }
}

/// <summary>What came of a command of the run.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="ResultsFolder">The folder that it was given for test reports.</param>
internal sealed record CommandResult(int ExitCode, string ResultsFolder)
{
    /// <summary>True for exit code 0.</summary>
    public bool Succeeded => ExitCode == 0;
}
