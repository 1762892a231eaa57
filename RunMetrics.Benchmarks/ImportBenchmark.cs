using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Data.Sqlite;

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
        await using var import = ApiHost.Start(groupCommit: true);
        await using var schema = ApiHost.Start(groupCommit: true);
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
        using var connection = new SqliteConnection($"Data Source={databaseFile}");
        connection.Open();
        using var insertRun = Prepare(
            connection,
            "INSERT INTO runs (id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            7);
        using var insertMetric = Prepare(
            connection,
            "INSERT INTO run_phase_metrics (id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            9);

        var started = TimeProvider.System.GetTimestamp();
        foreach (var batch in runs.Chunk(BatchSize / (PhasesPerRun + 1)))
        {
            using var transaction = connection.BeginTransaction();
            insertRun.Transaction = insertMetric.Transaction = transaction;
            foreach (var run in batch)
            {
                Execute(insertRun, run, "bench", "wo", "succeeded", 1, "2026-01-12T10:00:00.000Z", "2026-01-12T10:30:00.000Z");
                foreach (var phase in Phases)
                {
                    Execute(
                        insertMetric, $"{run}.{phase}.1", run, phase, 1, "2026-01-12T10:00:00.000Z", "2026-01-12T10:04:30.000Z", 270, "success", """{"files_changed":3}""");
                }
            }

            transaction.Commit();
        }

        return Runs * (PhasesPerRun + 1) / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static List<string> MakeRuns() => [.. Enumerable.Range(0, Runs).Select(_ => Guid.CreateVersion7().ToString())];

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the two above.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i}") });
        }

        return command;
    }

    private static void Execute(SqliteCommand command, params object[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }
}
