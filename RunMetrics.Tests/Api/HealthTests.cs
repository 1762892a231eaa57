using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class HealthTests(DatabaseKind kind)
{
    private static readonly ApiAnswer Healthy = new(HttpStatusCode.OK, "application/json", """{"status":"healthy"}""");

    [Test]
    public async Task Health_with_its_database_is_live_and_ready()
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var api = await ApiProcess.StartAsync(database.Target);

        var live = await ApiAnswer.GetAsync(api.Client, "health/live");
        var ready = await ApiAnswer.GetAsync(api.Client, "health/ready");

        live.ShouldBe(Healthy);
        ready.ShouldBe(Healthy);
    }

    [Test]
    public async Task Health_without_its_tables_is_live_and_not_ready()
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var api = await ApiProcess.StartAsync(database.Target);
        database.Rows("DROP TABLE run_phase_metrics; DROP TABLE run_labels; DROP TABLE runs");

        var live = await ApiAnswer.GetAsync(api.Client, "health/live");
        var ready = await ApiAnswer.GetAsync(api.Client, "health/ready");

        live.ShouldBe(Healthy);
        Problem.Read(ready).Status.ShouldBe(503);
    }
}
