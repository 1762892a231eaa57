namespace RunMetrics.Tests.Support;

/// <summary>A recorder on a real database, with a clock that steps, a store that misbehaves on demand, and its log.</summary>
internal sealed class RecorderRig : IAsyncDisposable
{
    private RecorderRig(SqliteTestDatabase database, RunMetricsRecorderOptions? options)
    {
        Database = database;
        Store = new UnrulyStore(database.Store);
        Recorder = new RunMetricsRecorder(Store, Clock, Log, options);
    }

    public SqliteTestDatabase Database { get; }

    public SteppingClock Clock { get; } = new();

    public UnrulyStore Store { get; }

    public LogLines<RunMetricsRecorder> Log { get; } = new();

    public RunMetricsRecorder Recorder { get; }

    public static async Task<RecorderRig> CreateAsync(RunMetricsRecorderOptions? options = null) =>
        new(await SqliteTestDatabase.CreateAsync(), options);

    /// <summary>Every phase in the order of its insertion: phase, iteration, outcome, whether it has an end, metadata.</summary>
    public IReadOnlyList<string> Phases() =>
        Database.Rows("SELECT phase, iteration, outcome, ended_at IS NOT NULL, metadata FROM run_phase_metrics ORDER BY rowid");

    public IReadOnlyList<string> Runs() => Database.Rows("SELECT id, status, ended_at IS NOT NULL FROM runs ORDER BY id");

    public async ValueTask DisposeAsync()
    {
        Store.Recover();
        await Recorder.DisposeAsync();
        await Eventually.TrueAsync(() => !Store.IsRead);
        await Database.DisposeAsync();
        Store.Dispose();
    }
}
