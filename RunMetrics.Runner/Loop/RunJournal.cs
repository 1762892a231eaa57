using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Commands;

namespace RunMetrics.Runner.Loop;

/// <summary>The state of a run in its file, for as long as this program works the run.</summary>
internal sealed class RunJournal : IDisposable
{
    private static readonly JsonSerializerOptions Json = MakeOptions();

    private readonly string _path;
    private readonly FileStream _lock;
    private RunState _state;

    private RunJournal(string path, FileStream held, RunState state)
    {
        _path = path;
        _lock = held;
        _state = state;
    }

    /// <summary>What is written.</summary>
    public RunState State => _state;

    /// <summary>Starts the journal of a new run.</summary>
    /// <exception cref="RefusedException">The files cannot be made.</exception>
    public static RunJournal Start(RunFolder folder, RunPlan plan)
    {
        folder.Create();
        var journal = new RunJournal(folder.StateFile, Hold(folder, plan.RunId), new RunState { Plan = plan });
        journal.Write(state => state);
        return journal;
    }

    /// <summary>Continues the journal of a run whose program is gone.</summary>
    /// <exception cref="RefusedException">There is no such run, or its program lives.</exception>
    public static RunJournal Continue(RunFolder folder, string runId)
    {
        if (!folder.Exists)
        {
            throw new RefusedException(
                $"There are no files of a run {runId} at {folder.StateFile}; check the id, and {RunFolder.HomeVariable} if the run had another.");
        }

        var held = Hold(folder, runId);
        try
        {
            var state = JsonSerializer.Deserialize<RunState>(File.ReadAllBytes(folder.StateFile), Json)!;
            return new RunJournal(folder.StateFile, held, state);
        }
        catch (JsonException exception)
        {
            held.Dispose();
            throw new RefusedException($"{folder.StateFile} cannot be read ({exception.Message}); this run cannot be resumed.");
        }
    }

    /// <summary>Writes a new state, so that either it or the one before is found, whatever happens.</summary>
    public void Write(Func<RunState, RunState> change)
    {
        _state = change(_state);
        var next = $"{_path}.next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, _state, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }

    /// <summary>Lets go of the run.</summary>
    public void Dispose() => _lock.Dispose();

    private static FileStream Hold(RunFolder folder, string runId)
    {
        try
        {
            return new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new RefusedException($"The run {runId} is being worked by a program that is alive; end that one first, or let it finish.");
        }
    }

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { WriteIndented = true };
        RunMetricsJson.Configure(options);
        return options;
    }
}
