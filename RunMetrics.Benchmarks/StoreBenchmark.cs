using System.Text.Json;
using Microsoft.Data.Sqlite;
using RunMetrics.Data;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Recording;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Benchmarks;

/// <summary>Calls a second, one at a time, each durable when it returns: the store and the recorder against hand-written ADO.NET.</summary>
internal static class StoreBenchmark
{
    private const int Rounds = 7;
    private const int Calls = 500;

    private static readonly DateTimeOffset StartedAt = new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero);
    private static readonly JsonElement Metadata = JsonElement.Parse("""{"files_changed":3}""");

    public static async Task RunAsync()
    {
        Console.WriteLine("one caller / prepared ADO.NET statements, the same commits");
        var folder = Directory.CreateTempSubdirectory("runmetrics-benchmark-");
        using (var database = await RunMetricsSqlite.OpenAsync(DatabaseLocation.ForFile(Path.Combine(folder.FullName, "runs.db"))))
        await using (var recorder = new RunMetricsRecorder(database.Store))
        {
            using var adoNet = new AdoNetWriter(database.FilePath);
            var stored = new List<(double, double)>();
            var recorded = new List<(double, double)>();
            for (var round = 0; round <= Rounds; round++)
            {
                var ofStore = (await StoreAsync(database.Store), InsertEach(adoNet));
                var ofRecorder = (await RecordAsync(recorder), InsertAndCloseEach(adoNet));
                if (round > 0)
                {
                    stored.Add(ofStore);
                    recorded.Add(ofRecorder);
                }
            }

            Report.Ratio("store, a phase", "calls/s", stored);
            Report.Ratio("recorder, begin and complete", "phases/s", recorded);
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    private static async Task<double> StoreAsync(IRunMetricsStore store)
    {
        var runId = Identifiers.Create(TimeProvider.System);
        var run = new RunFact { Id = runId, ProjectId = "bench", WorkOrderId = "wo", Status = "running", StartedAt = StartedAt };
        await store.WriteAsync(new FactBatch([run], ProjectAccess.All, StartedAt), CancellationToken.None);
        return await Report.RateAsync(Calls, async () =>
        {
            var phase = new PhaseMetricFact
            {
                Id = Identifiers.Create(TimeProvider.System),
                RunId = runId,
                Phase = "builder",
                StartedAt = StartedAt,
                EndedAt = StartedAt.AddSeconds(270),
                Outcome = "success",
                Metadata = Metadata,
            };
            await store.WriteAsync(new FactBatch([phase], ProjectAccess.All, StartedAt), CancellationToken.None);
        });
    }

    private static async Task<double> RecordAsync(RunMetricsRecorder recorder)
    {
        await using var run = await recorder.StartRunAsync("bench", "wo");
        return await Report.RateAsync(Calls, async () =>
        {
            await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
            await phase.CompleteAsync(PhaseOutcome.Success, new { files_changed = 3 });
        });
    }

    private static double InsertEach(AdoNetWriter adoNet)
    {
        var runId = Identifiers.Create(TimeProvider.System);
        adoNet.InTransaction(() => adoNet.InsertRun(runId, "running"));
        return Report.Rate(Calls, () => adoNet.InTransaction(() => adoNet.InsertClosedPhase(Identifiers.Create(TimeProvider.System), runId, "builder")));
    }

    private static double InsertAndCloseEach(AdoNetWriter adoNet)
    {
        var runId = Identifiers.Create(TimeProvider.System);
        adoNet.InTransaction(() => adoNet.InsertRun(runId, "running"));
        return Report.Rate(Calls, () =>
        {
            var id = Identifiers.Create(TimeProvider.System);
            adoNet.InTransaction(() => adoNet.InsertOpenPhase(id, runId, "builder"));
            adoNet.InTransaction(() => adoNet.ClosePhase(id));
        });
    }
}
