using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Files;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Processes;

namespace RunMetrics.Runner.Runs;

/// <summary>The state of a run in its file, locked for as long as this program works the run.</summary>
internal sealed class RunStateFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = MakeOptions();

    private readonly string _path;
    private readonly FileLock _lock;

    private RunStateFile(string path, FileLock held, RunState state)
    {
        _path = path;
        _lock = held;
        State = state;
    }

    /// <summary>What is written.</summary>
    public RunState State { get; private set; }

    /// <summary>Makes the file of a new run.</summary>
    /// <exception cref="RefusedException">The files of the run cannot be made.</exception>
    public static RunStateFile Create(RunFolder folder, RunPlan plan)
    {
        folder.Create();
        var file = new RunStateFile(folder.StateFile, Lock(folder, plan.RunId), new RunState { Plan = plan });
        file.Update(state => state);
        return file;
    }

    /// <summary>Opens the file of a run whose program is gone.</summary>
    /// <exception cref="RefusedException">There is no such run, its program lives, or its file cannot be read.</exception>
    public static RunStateFile Open(RunFolder folder, string runId)
    {
        if (!folder.Exists)
        {
            throw new RefusedException(
                $"There are no files of a run {runId} at {folder.StateFile}; check the id, and {RunFolder.HomeVariable} if the run had another.");
        }

        var held = Lock(folder, runId);
        try
        {
            var state = JsonSerializer.Deserialize<RunState>(File.ReadAllBytes(folder.StateFile), Json)!;
            return new RunStateFile(folder.StateFile, held, state);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw new RefusedException($"{folder.StateFile} cannot be read ({exception.Message}); this run cannot be resumed.");
        }
    }

    /// <summary>Writes a new state, so that either it or the one before is found, whatever happens.</summary>
    public void Update(Func<RunState, RunState> change)
    {
        State = change(State);
        var next = $"{_path}.next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, State, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }

    /// <summary>Releases the run.</summary>
    public void Dispose() => _lock.Dispose();

    private static FileLock Lock(RunFolder folder, string runId)
    {
        try
        {
            return FileLock.TryAcquire(folder.LockFile)
                ?? throw new RefusedException($"The run {runId} is being worked by a program that is alive; end that one first, or let it finish.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The run {runId} cannot be locked: {exception.Message}");
        }
    }

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { WriteIndented = true };
        RunMetricsJson.Configure(options);
        return options;
    }
}

/// <summary>What must outlive the program that works a run, beside what is recorded of it.</summary>
internal sealed record RunState
{
    /// <summary>What the run is to do.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>The command that runs, or ran last.</summary>
    public ProcessIdentity? Child { get; init; }

    /// <summary>The tree of the worktree before the builder that is at work, or that was lost; null while none is.</summary>
    public string? BuilderTree { get; init; }

    /// <summary>The tree of the base commit with all that builders have changed; null before the first of them is done.</summary>
    public string? WorkTree { get; init; }
}
