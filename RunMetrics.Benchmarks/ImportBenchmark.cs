using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace RunMetrics.Benchmarks;

/// <summary>
/// Facts a second: an import over HTTP, with reading, rules and merging, against prepared ADO.NET inserts of rows that are ready in memory, in
/// transactions of the same size, into the same schema.
/// </summary>
internal static class ImportBenchmark
{
    private const int Rounds = 5;
    private const int Runs = 4000;
    private const int PhasesPerRun = 5;
    private const int BatchSize = 500;

    private static readonly string[] Phases = ["setup", "builder", "test", "reviewer", "merge"];

    public static async Task RunAsync()
    {
        Console.WriteLine("POST /run-metrics/import / prepared ADO.NET inserts");
        var pairs = new List<(double Import, double AdoNet)>();
        await using var import = ApiHost.Start(sharesTransactions: true);
        await using var schema = ApiHost.Start(sharesTransactions: true);
        for (var round = 0; round <= Rounds; round++)
        {
            var pair = (await ImportAsync(import), Insert(schema.DatabaseFile));
            if (round > 0)
            {
                pairs.Add(pair);
            }
        }

        Report.Ratio($"{Runs * (PhasesPerRun + 1)} facts", "facts/s", pairs);
    }

    private static async Task<double> ImportAsync(ApiHost host)
    {
        var lines = new StringBuilder();
        foreach (var run in MakeRuns())
        {
            lines.Append(CultureInfo.InvariantCulture, $$$$"""{"run":{"id":"{{{{run}}}}","project_id":"bench","work_order_id":"wo","status":"succeeded","started_at":"2026-01-12T10:00:00.000Z","ended_at":"2026-01-12T10:30:00.000Z"}}""");
            lines.Append('\n');
            foreach (var phase in Phases)
            {
                lines.Append(CultureInfo.InvariantCulture, $$$$"""{"phase_metric":{"id":"{{{{run}}}}.{{{{phase}}}}.1","run_id":"{{{{run}}}}","phase":"{{{{phase}}}}","iteration":1,"started_at":"2026-01-12T10:00:00.000Z","ended_at":"2026-01-12T10:04:30.000Z","outcome":"success","metadata":{"files_changed":3}}}""");
                lines.Append('\n');
            }
        }

        using var client = host.Connect(1);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(lines.ToString()));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        var started = TimeProvider.System.GetTimestamp();
        using var response = await client.PostAsync(new Uri("run-metrics/import", UriKind.Relative), content);
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        response.EnsureSuccessStatusCode();
        return Runs * (PhasesPerRun + 1) / seconds;
    }

    private static double Insert(string databaseFile)
    {
        var runs = MakeRuns();
        using var adoNet = new AdoNetWriter(databaseFile);
        var batches = runs.Chunk(BatchSize / (PhasesPerRun + 1)).ToList();
        var started = TimeProvider.System.GetTimestamp();
        foreach (var batch in batches)
        {
            adoNet.InTransaction(() =>
            {
                foreach (var run in batch)
                {
                    adoNet.InsertRun(run, "succeeded");
                    foreach (var phase in Phases)
                    {
                        adoNet.InsertClosedPhase($"{run}.{phase}.1", run, phase);
                    }
                }
            });
        }

        return Runs * (PhasesPerRun + 1) / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static List<string> MakeRuns() => [.. Enumerable.Range(0, Runs).Select(_ => Guid.CreateVersion7().ToString())];
}
