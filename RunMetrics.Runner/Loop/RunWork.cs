using System.Globalization;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Output;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Loop;

/// <summary>All that the phases of one run work with.</summary>
internal sealed class RunWork
{
    /// <summary>Gathers it.</summary>
    public RunWork(RunJournal journal, RunFolder folder, GitRepository repository, IRunDisplay display, TimeProvider time)
    {
        Journal = journal;
        Folder = folder;
        Repository = repository;
        Display = display;
        Time = time;
        Worktree = new RunWorktree(repository, folder.Worktree, Plan.Branch, folder.IndexFile);
    }

    /// <summary>What the run is to do.</summary>
    public RunPlan Plan => Journal.State.Plan;

    /// <summary>What outlives this program.</summary>
    public RunJournal Journal { get; }

    /// <summary>Where the files of the run lie.</summary>
    public RunFolder Folder { get; }

    /// <summary>The repository.</summary>
    public GitRepository Repository { get; }

    /// <summary>The worktree and branch of the run.</summary>
    public RunWorktree Worktree { get; }

    /// <summary>Where progress is shown.</summary>
    public IRunDisplay Display { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The variable that every process of the run carries.</summary>
    public string Mark => $"RUNMETRICS_RUN_ID={Plan.RunId}";

    /// <summary>Runs one of the run's commands in the worktree.</summary>
    /// <param name="text">The command.</param>
    /// <param name="name">What it is called in the name of its log.</param>
    /// <param name="step">The phase that it is part of.</param>
    /// <param name="cancellationToken">Ends the command and everything that it has started.</param>
    /// <returns>The exit code, the file with the output and the folder for test reports.</returns>
    public async Task<CommandRun> RunCommandAsync(string text, string name, Step step, CancellationToken cancellationToken)
    {
        var log = Folder.LogOf(step.Phase, step.Iteration, name);
        var results = Folder.MakeResultsFolder(step.Phase, step.Iteration);
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
            ["RUNMETRICS_FEEDBACK_FILE"] = Folder.FeedbackFor(step.Iteration),
            ["RUNMETRICS_TEST_RESULTS"] = results,
        });
        var exitCode = await command.RunAsync(
            child => Journal.Write(state => state with { Child = child }), Time, cancellationToken);
        return new CommandRun(exitCode, log, results);
    }

    /// <summary>Adds what the builder has done, finished or not, to the work of the run.</summary>
    /// <returns>How much it was; null when no builder was at work.</returns>
    public async Task<ChangeSize?> GatherBuilderWorkAsync(CancellationToken cancellationToken)
    {
        if (Journal.State.BuilderTree is not { } before)
        {
            return null;
        }

        var after = await Worktree.TakeTreeAsync(cancellationToken);
        var start = Journal.State.WorkTree ?? await Repository.FindTreeAsync(Plan.BaseCommit, cancellationToken);
        var work = await Worktree.ApplyAsync(start, before, after, cancellationToken);
        var size = await ChangeSize.BetweenAsync(Worktree.Git, before, after, cancellationToken);
        Journal.Write(state => state with { BuilderTree = null, WorkTree = work });
        return size;
    }
}
