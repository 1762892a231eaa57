using System.Net;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.Self)]
public sealed class HealthTests
{
    private static readonly ApiAnswer Healthy = new(HttpStatusCode.OK, "application/json", """{"status":"healthy"}""");

    [Test]
    public async Task Health_with_its_database_is_live_and_ready()
    {
        using var folder = new TemporaryFolder();
        using var api = await ApiProcess.StartAsync(folder.File("runmetrics.db"));

        var live = await ApiAnswer.GetAsync(api.Client, "health/live");
        var ready = await ApiAnswer.GetAsync(api.Client, "health/ready");

        live.ShouldBe(Healthy);
        ready.ShouldBe(Healthy);
    }

    [Test]
    public async Task Health_without_its_tables_is_live_and_not_ready()
    {
        using var folder = new TemporaryFolder();
        using var api = await ApiProcess.StartAsync(folder.File("runmetrics.db"));
        await using (var connection = new SqliteConnection($"Data Source={folder.File("runmetrics.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE run_phase_metrics; DROP TABLE runs";
            await command.ExecuteNonQueryAsync();
        }

        var live = await ApiAnswer.GetAsync(api.Client, "health/live");
        var ready = await ApiAnswer.GetAsync(api.Client, "health/ready");

        live.ShouldBe(Healthy);
        Problem.Read(ready).Status.ShouldBe(503);
    }
}
