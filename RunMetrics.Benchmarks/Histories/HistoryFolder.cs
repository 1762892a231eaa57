using System.Globalization;
using RunMetrics.Benchmarks.Reporting;

namespace RunMetrics.Benchmarks.Histories;

/// <summary>The histories of one invocation, made when they are first asked for.</summary>
internal sealed class HistoryFolder : IDisposable
{
    private readonly int _seed;
    private readonly bool _isTemporary;
    private readonly string _path;
    private readonly string _copies;
    private readonly Dictionary<int, History> _histories = [];

    /// <param name="seed">What they are made from.</param>
    /// <param name="folder">Where they are kept for the next invocation; null for a temporary folder that goes when this is disposed of.</param>
    public HistoryFolder(int seed, string? folder)
    {
        _seed = seed;
        _isTemporary = folder is null;
        _path = folder is null ? Directory.CreateTempSubdirectory("runmetrics-benchmark-").FullName : Path.GetFullPath(folder);
        _copies = Path.Combine(_path, "copies");
        DeleteCopies();
        Directory.CreateDirectory(_copies);
    }

    /// <summary>The history of a size, as it was generated: it is for reading only.</summary>
    public async Task<History> GetAsync(int metrics)
    {
        if (!_histories.TryGetValue(metrics, out var history))
        {
            history = _histories[metrics] = await History.CreateAsync(_path, _seed, metrics);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"History of {Figures.Count(history.Metrics)} metrics, {Figures.Count(history.Runs)} runs, {Figures.Megabytes(history.Bytes)}: generated and filled in {Figures.Time(history.FillSeconds)}, then migrated to the newest schema in {Figures.Time(history.MigrateSeconds)}."));
            Console.WriteLine();
        }

        return history;
    }

    /// <summary>The same rows as <see cref="GetAsync"/> in the schema that they are inserted into, for an API that knows no newer one.</summary>
    public async Task<string> GetUnmigratedAsync(int metrics) => await History.CreateUnmigratedAsync(_path, _seed, metrics);

    /// <summary>A copy of a history, to write to; it goes when this is disposed of, or when another of its name is made.</summary>
    public async Task<string> CopyAsync(int metrics, string name)
    {
        var history = await GetAsync(metrics);
        var copy = Path.Combine(_copies, $"{name}.db");
        File.Copy(history.DatabaseFile, copy, overwrite: true);
        return copy;
    }

    public void Dispose()
    {
        DeleteCopies();
        if (_isTemporary)
        {
            Directory.Delete(_path, recursive: true);
        }
    }

    private void DeleteCopies()
    {
        if (Directory.Exists(_copies))
        {
            Directory.Delete(_copies, recursive: true);
        }
    }
}
