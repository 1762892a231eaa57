using System.Globalization;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Runs;

/// <summary>Where the files of a run lie: all that a run is resumed from is found by its id alone.</summary>
internal sealed class RunFolder
{
    /// <summary>The environment variable that names the folder of all runs' files.</summary>
    public const string HomeVariable = "RUNMETRICS_HOME";

    private readonly string _folder;

    private RunFolder(string home, string runId)
    {
        _folder = Path.Combine(home, "runs", runId);
        Worktree = Path.Combine(home, "worktrees", runId);
    }

    /// <summary>The worktree of the run.</summary>
    public string Worktree { get; }

    /// <summary>What outlives the program.</summary>
    public string StateFile => Path.Combine(_folder, "state.json");

    /// <summary>Held open exclusively by whoever works the run.</summary>
    public string LockFile => Path.Combine(_folder, "lock");

    /// <summary>An index by which the worktree is looked at.</summary>
    public string IndexFile => Path.Combine(_folder, "index");

    /// <summary>The output of all commands.</summary>
    public string LogFolder => Path.Combine(_folder, "logs");

    /// <summary>True once the run has left something here.</summary>
    public bool Exists => File.Exists(StateFile);

    /// <summary>The folder of a run.</summary>
    /// <exception cref="RefusedException">The id is none, or there is no place for files of runs.</exception>
    public static RunFolder For(string runId)
    {
        if (!Identifiers.IsValid(runId) || runId.Trim('.').Length == 0)
        {
            throw new RefusedException($"'{runId}' is not the id of a run; accepted: {Identifiers.Accepted}.");
        }

        return new RunFolder(FindHome(), runId);
    }

    /// <summary>Makes the folders of the run.</summary>
    /// <exception cref="RefusedException">They cannot be made.</exception>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(LogFolder);
            Directory.CreateDirectory(Path.Combine(_folder, "feedback"));
            Directory.CreateDirectory(Path.Combine(_folder, "results"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The files of the run cannot be kept ({exception.Message}); set {HomeVariable} to a folder that can be written.");
        }
    }

    /// <summary>The output of a command.</summary>
    public string LogOf(RunPhase phase, int iteration, string command) =>
        Path.Combine(LogFolder, string.Create(CultureInfo.InvariantCulture, $"{iteration}-{phase.Name()}{(command == phase.Name() ? "" : $"-{command}")}.log"));

    /// <summary>What the builder of an iteration is told of the one before.</summary>
    public string FeedbackFor(int iteration) =>
        Path.Combine(_folder, "feedback", string.Create(CultureInfo.InvariantCulture, $"{iteration}.txt"));

    /// <summary>Makes an empty folder for the test reports of a phase.</summary>
    public string MakeResultsFolder(RunPhase phase, int iteration)
    {
        var folder = Path.Combine(_folder, "results", string.Create(CultureInfo.InvariantCulture, $"{iteration}-{phase.Name()}"));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }

    private static string FindHome()
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home)
        {
            return Path.GetFullPath(home);
        }

        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return data.Length > 0
            ? Path.Combine(data, "runmetrics")
            : throw new RefusedException($"There is no local application data folder for the files of the run; set {HomeVariable} to a folder.");
    }
}
