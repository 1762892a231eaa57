using System.Text.RegularExpressions;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Processes;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Runs;

/// <summary>Finds out whether what is asked for can be done, and changes nothing.</summary>
internal sealed partial class RunPreparation(TimeProvider time)
{
    /// <summary>Makes the plan of a run.</summary>
    /// <exception cref="RefusedException">It cannot be done.</exception>
    public async Task<(RunPlan Plan, GitRepository Repository)> PrepareAsync(
        RunRequest request, RecordingLocation location, CancellationToken cancellationToken)
    {
        if (!Identifiers.IsValid(request.WorkOrderId))
        {
            throw new RefusedException($"--work-order: '{request.WorkOrderId}' is no id; accepted: {Identifiers.Accepted}.");
        }

        await RefuseFaultyCommandsAsync(request, cancellationToken);
        var repository = await GitRepository.OpenAsync(request.Repository, cancellationToken);
        var (branch, commit) = await FindBaseAsync(repository, request.BaseBranch, cancellationToken);
        await RefuseDirtyBaseAsync(repository, branch, cancellationToken);
        var runId = Identifiers.Create(time);
        var plan = new RunPlan
        {
            RunId = runId,
            ProjectId = FindProject(repository, request.ProjectId),
            WorkOrderId = request.WorkOrderId,
            Labels = request.Labels,
            Repository = repository.Root,
            BaseBranch = branch,
            BaseCommit = commit,
            Branch = BranchName.For(request.WorkOrderId, runId),
            SetupCommand = request.SetupCommand,
            BuilderCommand = request.BuilderCommand,
            TestCommand = request.TestCommand,
            ReviewerCommand = request.ReviewerCommand,
            MaxIterations = request.MaxIterations,
            PhaseTimeout = request.PhaseTimeout,
            RecordedTo = location,
        };
        await RefuseBranchInTheWayAsync(repository, plan, cancellationToken);
        return (plan, repository);
    }

    private static async Task RefuseFaultyCommandsAsync(RunRequest request, CancellationToken cancellationToken)
    {
        (string Option, string? Command)[] commands =
        [
            ("--setup", request.SetupCommand),
            ("--builder", request.BuilderCommand),
            ("--test", request.TestCommand),
            ("--reviewer", request.ReviewerCommand),
        ];
        foreach (var (option, command) in commands)
        {
            if (command is not null && await ShellCheck.FindFaultAsync(command, cancellationToken) is { } fault)
            {
                throw new RefusedException($"{option} {fault}.");
            }
        }
    }

    private static async Task<(string Branch, string Commit)> FindBaseAsync(
        GitRepository repository, string? asked, CancellationToken cancellationToken)
    {
        var branch = asked ?? await repository.FindCurrentBranchAsync(cancellationToken)
            ?? throw new RefusedException($"No branch is checked out in {repository.Root}; name the one to work from and merge into by --base.");
        var commit = branch.Length > 0 ? await repository.FindTipAsync(branch, cancellationToken) : null;
        if (commit is not null)
        {
            return (branch, commit);
        }

        throw new RefusedException(asked is null
            ? $"The branch {branch} of {repository.Root} has no commit yet; make a first one."
            : $"--base: {repository.Root} has no local branch '{asked}'; name one that git branch lists.");
    }

    private static async Task RefuseDirtyBaseAsync(GitRepository repository, string branch, CancellationToken cancellationToken)
    {
        // The merge moves the files of whoever has the branch checked out; elsewhere uncommitted changes are no matter.
        if (await repository.FindCheckoutAsync(branch, cancellationToken) is { } checkout
            && await GitRepository.ListDirtyFilesAsync(checkout, cancellationToken) is { Count: > 0 } dirty)
        {
            throw new RefusedException(
                $"{checkout.Folder} has {branch} checked out with changes that are not committed ({string.Join(", ", dirty)}); "
                + "commit or stash them, or check out another branch there.");
        }
    }

    private static async Task RefuseBranchInTheWayAsync(GitRepository repository, RunPlan plan, CancellationToken cancellationToken)
    {
        // git keeps branches like files: where one is called as a folder of ours, ours cannot be.
        var folder = plan.Branch[..plan.Branch.LastIndexOf('/')];
        foreach (var name in new[] { BranchName.Prefix, folder })
        {
            if (await repository.FindTipAsync(name, cancellationToken) is not null)
            {
                throw new RefusedException($"The branch '{name}' is in the way of the run's own branch {plan.Branch}; rename it.");
            }
        }
    }

    private static string FindProject(GitRepository repository, string? asked)
    {
        if (asked is not null)
        {
            return Identifiers.IsValidProject(asked)
                ? asked
                : throw new RefusedException($"--project: '{asked}' is no id; accepted: {Identifiers.AcceptedProject}.");
        }

        var folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(repository.Root));
        var name = NotInAnId().Replace(folder.EndsWith(".git", StringComparison.Ordinal) ? folder[..^4] : folder, "-");
        return Identifiers.IsValidProject(name)
            ? name
            : throw new RefusedException($"The folder {repository.Root} gives the project no name; give one by --project.");
    }

    [GeneratedRegex("[^A-Za-z0-9._-]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NotInAnId();
}
