using System.Diagnostics;
using NUnit.Framework;
using RunMetrics.Data;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Files;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Runner.Support;

/// <summary>A real repository, a database file and a place for the files of runs, with the real program to work in them.</summary>
internal sealed class RunnerSandbox : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<OwnedProcess> _started = [];
    private readonly List<TerminalProcess> _terminals = [];
    private readonly Dictionary<string, string?> _variables = new(StringComparer.Ordinal);

    private readonly string? _database;

    private RunnerSandbox(string? database) => _database = database;

    public string Repository => _folder.File("repo");

    public string DatabaseFile => _folder.File("metrics.db");

    public string Home => _folder.File("home");

    private string Database => _database ?? DatabaseFile;

    /// <summary>Makes a repository whose branch main has one commit with the file <c>app.txt</c>.</summary>
    /// <param name="database">What runs are recorded into; null for <see cref="DatabaseFile"/>.</param>
    public static async Task<RunnerSandbox> CreateAsync(string? database = null)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("The runner needs a POSIX shell.");
        }

        var sandbox = new RunnerSandbox(database);
        Directory.CreateDirectory(sandbox.Repository);
        await sandbox.GitAsync("init", "--quiet", "--initial-branch=main");
        await sandbox.CommitAsync("app.txt", "one\ntwo\nthree\n");
        return sandbox;
    }

    /// <summary>Sets environment variables for what is started from now on.</summary>
    public void Set(IReadOnlyDictionary<string, string?> variables)
    {
        foreach (var (name, value) in variables)
        {
            Set(name, value);
        }
    }

    /// <summary>Sets an environment variable for what is started from now on.</summary>
    public void Set(string name, string? value) => _variables[name] = value;

    /// <summary>The path of a file beside the repository, for commands to write to or wait for.</summary>
    public string File(string name) => _folder.File(name);

    public string Read(string name) => System.IO.File.ReadAllText(_folder.File(name));

    public string ReadInRepository(string name) => System.IO.File.ReadAllText(Path.Combine(Repository, name));

    public void Touch(string name) => System.IO.File.WriteAllText(_folder.File(name), "");

    /// <summary>A command that says it has started, by a file, and then waits for another.</summary>
    public string Hold(string name) => $"touch '{File($"{name}.started")}'; while [ ! -e '{File($"{name}.go")}' ]; do sleep 0.05; done";

    /// <summary>Waits for a file that a command of the program started last writes.</summary>
    public Task WaitForFileAsync(string name) => Eventually.TrueAsync(() =>
        System.IO.File.Exists(_folder.File(name))
        || (_started[^1].HasEnded ? throw new InvalidOperationException($"{name} did not come.\n{_started[^1].Output}\n{_started[^1].Errors}") : false));

    public async Task<string> GitAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Repository, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in MakeEnvironment())
        {
            start.Environment[name] = value;
        }

        start.Environment["GIT_AUTHOR_NAME"] = start.Environment["GIT_COMMITTER_NAME"] = "Tester";
        start.Environment["GIT_AUTHOR_EMAIL"] = start.Environment["GIT_COMMITTER_EMAIL"] = "tester@localhost";
        using var git = Process.Start(start)!;
        var output = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {git.ExitCode}");
    }

    public async Task CommitAsync(string file, string content)
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(Repository, file), content);
        await GitAsync("add", "--all");
        await GitAsync("commit", "--quiet", "-m", $"Write {file}");
    }

    /// <summary>Holds the lock under which runs merge, as another run does.</summary>
    public FileLock AcquireMergeLock() => FileLock.TryAcquire(Path.Combine(Repository, ".git", "runmetrics-merge.lock"))!;

    /// <summary>Makes git run a script of ours.</summary>
    public async Task InstallHookAsync(string name, string script)
    {
        var path = Path.Combine(Repository, ".git", "hooks", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await System.IO.File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Starts <c>runmetrics</c> with these arguments.</summary>
    public OwnedProcess Start(params string[] arguments) => StartIn(connectionString: null, arguments);

    /// <summary>Starts <c>runmetrics</c> with these arguments and a connection string in its environment.</summary>
    public OwnedProcess StartIn(string? connectionString, params string[] arguments)
    {
        var environment = MakeEnvironment();
        environment["ConnectionStrings__RunMetrics"] = connectionString;
        var process = OwnedProcess.StartDotnet(typeof(ExitCodes).Assembly.Location, arguments, environment, _folder.Path);
        _started.Add(process);
        return process;
    }

    /// <summary>Starts <c>runmetrics run</c>; commands that are not given do nothing and succeed.</summary>
    public OwnedProcess StartRun(string builder = "true", string test = "true", string reviewer = "true", params string[] more) =>
        Start([.. MakeRunArguments(builder, test, reviewer), .. more]);

    /// <summary>Starts <c>runmetrics run</c> on a terminal, which is closed when the process that is returned is killed, at the latest with the sandbox.</summary>
    /// <param name="kind">What <c>TERM</c> calls the terminal.</param>
    /// <param name="builder">The builder command.</param>
    public TerminalProcess StartRunOnTerminal(string kind, string builder) =>
        StartOnTerminal(kind, columns: 80, MakeRunArguments(builder, test: "true", reviewer: "true"));

    /// <summary>Starts <c>runmetrics</c> on a terminal, which is closed when the process that is returned is killed, at the latest with the sandbox.</summary>
    /// <param name="kind">What <c>TERM</c> calls the terminal.</param>
    /// <param name="columns">How wide it is.</param>
    /// <param name="arguments">The arguments of the program.</param>
    public TerminalProcess StartOnTerminal(string kind, int columns, params string[] arguments)
    {
        var environment = MakeEnvironment();
        environment["TERM"] = kind;
        var terminal = TerminalProcess.Start(["dotnet", typeof(ExitCodes).Assembly.Location, .. arguments], columns, environment, _folder.Path);
        _terminals.Add(terminal);
        return terminal;
    }

    /// <summary>Works a run to its end, in a database that earlier runs may have made.</summary>
    public async Task<FinishedRun> RunAsync(string builder = "true", string test = "true", string reviewer = "true", params string[] more)
    {
        // Making the tables is much of a short run; those that StartRun starts do it.
        if (!System.IO.File.Exists(DatabaseFile))
        {
            await SqliteTestDatabase.WriteEmptyAsync(DatabaseFile);
        }

        var process = StartRun(builder, test, reviewer, more);
        return await FinishAsync(process);
    }

    /// <summary>Waits for a run to end and reads what is recorded of it.</summary>
    public async Task<FinishedRun> FinishAsync(OwnedProcess process)
    {
        var exitCode = await process.WaitForExitAsync();
        var runId = $"{process.Output}\n{process.Errors}".Split('\n').Select(FindRunId).OfType<string>().FirstOrDefault()
            ?? throw new InvalidOperationException($"The program names no run, exit code {exitCode}: {process.Output} {process.Errors}");
        var history = await ReadHistoryAsync(Database, runId);
        return new FinishedRun(exitCode, history, process.Output, process.Errors);
    }

    /// <summary>The id of the run that the program says it works.</summary>
    public static async Task<string> WaitForRunIdAsync(OwnedProcess process) =>
        FindRunId(await process.WaitForOutputAsync(line => FindRunId(line) is not null))!;

    /// <summary>What is recorded of a run in a database.</summary>
    public static async Task<RunHistory> ReadHistoryAsync(string database, string runId)
    {
        using var opened = await OpenedDatabase.OpenAsync(DatabaseChoice.Named(database, "test"));
        return (await opened.Store.FindRunAsync(runId, ProjectAccess.All, CancellationToken.None))!;
    }

    /// <summary>Nothing of any run may be left: no worktree, no branch but <paramref name="branches"/>, no change on the user's files.</summary>
    public async Task ShouldBeCleanAsync(params string[] branches)
    {
        var worktrees = await GitAsync("worktree", "list", "--porcelain");
        Assert.That(worktrees.Split('\n').Count(line => line.StartsWith("worktree ", StringComparison.Ordinal)), Is.EqualTo(1), worktrees);
        Assert.That(Directory.Exists(Path.Combine(Home, "worktrees")) ? Directory.GetDirectories(Path.Combine(Home, "worktrees")) : [], Is.Empty);
        Assert.That(await GitAsync("status", "--porcelain"), Is.Empty);
        var kept = (await GitAsync("branch", "--format=%(refname:short)")).Split('\n');
        Assert.That(kept, Is.EquivalentTo(branches.Prepend("main")));
    }

    public void Dispose()
    {
        _started.ForEach(process => process.Dispose());
        _terminals.ForEach(terminal => terminal.Dispose());

        _folder.Dispose();
    }

    private static string? FindRunId(string line) => line.Split("] run ") is [_, var rest] ? rest.Split(' ')[0] : null;

    private string[] MakeRunArguments(string builder, string test, string reviewer) =>
    [
        "run", "--repo", Repository, "--database", Database, "--work-order", "WO:1", "--builder", builder, "--test", test,
        "--reviewer", reviewer,
    ];

    private Dictionary<string, string?> MakeEnvironment() => new(
        _variables.Concat(MakeOwnEnvironment().ExceptBy(_variables.Keys, variable => variable.Key, StringComparer.Ordinal)), StringComparer.Ordinal);

    private Dictionary<string, string?> MakeOwnEnvironment() => new(StringComparer.Ordinal)
    {
        ["RUNMETRICS_HOME"] = Home,
        ["HOME"] = _folder.Path,
        ["XDG_DATA_HOME"] = _folder.File("data"),
        ["TMPDIR"] = _folder.Path,
        ["GIT_CONFIG_GLOBAL"] = _folder.File("gitconfig"),
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["ConnectionStrings__RunMetrics"] = null,
        ["RUNMETRICS_SERVER"] = null,
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
        ["TRACEPARENT"] = null,
        ["TRACESTATE"] = null,
    };

    internal sealed record FinishedRun(int ExitCode, RunHistory History, string Output, string Errors)
    {
        public RunStatus Status => History.Run.Status;

        public string RunId => History.Run.Id;

        /// <summary>The branch of the run, for the work order of this sandbox.</summary>
        public string Branch => $"runmetrics/WO-1/{RunId}";

        /// <summary>The phases as <c>builder 1 success</c>, in their order.</summary>
        public string[] Phases => [.. History.PhaseMetrics.Select(metric => $"{metric.Phase.Name()} {metric.Iteration} {metric.Outcome?.Name()}")];

        public PhaseMetricRecord Phase(RunPhase phase, int iteration = 1) =>
            History.PhaseMetrics.Last(metric => metric.Phase == phase && metric.Iteration == iteration);

        public string? Note(RunPhase phase, string name, int iteration = 1) =>
            Phase(phase, iteration).Metadata is { } metadata && metadata.TryGetProperty(name, out var value) ? value.ToString() : null;
    }
}
