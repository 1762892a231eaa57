using System.Text.Json;
using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>Calls a second, one at a time, each durable when it returns: the store and the recorder against hand-written ADO.NET.</summary>
internal static class StoreBenchmark
{
    private const int Calls = 500;
    private const int DurationSeconds = 270;
    private const string ProjectId = "bench";
    private const string WorkOrderId = "wo";

    private static readonly DateTimeOffset StartedAt = new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero);
    private static readonly JsonElement Metadata = JsonElement.Parse("""{"files_changed":3}""");

    public static async Task RunAsync(int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("runmetrics-benchmark-");
        using (var database = await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(Path.Combine(folder.FullName, "runs.db"))))
        await using (var recorder = new RunMetricsRecorder(database.Store))
        await using (var connection = new SqliteConnection($"Data Source={database.Name}"))
        {
            await connection.OpenAsync();
            using var adoNet = new AdoNetWriter(connection);
            var table = new Table("one caller", "calls/s", "prepared ADO.NET, the same commits, calls/s", "ratio, median (range)");
            await MeasureAsync(table, "the store, a closed phase", rounds, () => StoreAsync(database.Store), () => InsertEach(adoNet));
            await MeasureAsync(table, "the recorder, a phase begun and completed", rounds, () => RecordAsync(recorder), () => InsertAndCloseEach(adoNet));
            table.Print("Store and recorder");
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    private static async Task MeasureAsync(Table table, string what, int rounds, Func<Task<double>> ours, Func<double> theirs)
    {
        var pairs = new RatePairs();
        for (var round = 0; round <= rounds; round++)
        {
            pairs.Add(round, await ours(), theirs());
        }

        table.Add(what, Figures.Rate(pairs.First), Figures.Rate(pairs.Second), pairs.Ratio);
    }

    private static async Task<double> StoreAsync(IRunMetricsStore store)
    {
        var run = MakeRun();
        await store.WriteAsync(new FactBatch([run], ProjectAccess.All, StartedAt), CancellationToken.None);
        return await Pace.RateAsync(
            Calls, () => store.WriteAsync(new FactBatch([MakeClosedPhase(run)], ProjectAccess.All, StartedAt), CancellationToken.None));
    }

    private static async Task<double> RecordAsync(RunMetricsRecorder recorder)
    {
        await using var run = await recorder.StartRunAsync(ProjectId, WorkOrderId);
        return await Pace.RateAsync(Calls, async () =>
        {
            await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
            await phase.CompleteAsync(PhaseOutcome.Success, new { files_changed = 3 });
        });
    }

    private static double InsertEach(AdoNetWriter adoNet)
    {
        var run = MakeRun();
        adoNet.Insert(AdoNetRow.Of(run, PhaseMetricFact.FirstIteration));
        return Pace.Rate(Calls, () => adoNet.Insert([AdoNetRow.Of(MakeClosedPhase(run))]));
    }

    private static double InsertAndCloseEach(AdoNetWriter adoNet)
    {
        var run = MakeRun();
        adoNet.Insert(AdoNetRow.Of(run, PhaseMetricFact.FirstIteration));
        return Pace.Rate(Calls, () =>
        {
            var closed = MakeClosedPhase(run);
            adoNet.Insert([AdoNetRow.Of(closed with { EndedAt = null, DurationSeconds = null, Outcome = null, Metadata = null })]);
            adoNet.Close(AdoNetRow.Of(closed));
        });
    }

    private static RunFact MakeRun() => new()
    {
        Id = Identifiers.Create(TimeProvider.System),
        ProjectId = ProjectId,
        WorkOrderId = WorkOrderId,
        Status = RunStatus.Running.Name(),
        StartedAt = StartedAt,
    };

    private static PhaseMetricFact MakeClosedPhase(RunFact run) => new()
    {
        Id = Identifiers.Create(TimeProvider.System),
        RunId = run.Id,
        Phase = RunPhase.Builder.Name(),
        StartedAt = StartedAt,
        EndedAt = StartedAt.AddSeconds(DurationSeconds),
        DurationSeconds = DurationSeconds,
        Outcome = PhaseOutcome.Success.Name(),
        Metadata = Metadata,
    };
}
