using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.All)]
public sealed class DamagedDatabaseTests
{
    private const int Runs = 600;

    [Test]
    public async Task Get_run_on_a_damaged_page_is_told_as_damage_while_others_answer()
    {
        await using var database = await DamageAsync();
        using var api = await ApiProcess.StartAsync(database.FilePath);

        var damaged = await ApiAnswer.GetAsync(api.Client, $"runs/{FilledDatabase.RunId(Runs / 2)}/metrics");
        var whole = await ApiAnswer.GetAsync(api.Client, $"runs/{FilledDatabase.RunId(1)}/metrics");
        var summary = await ApiAnswer.GetAsync(api.Client, "repos/acme/run-metrics/summary?as_of=2026-01-13T00:00:00.000Z");

        ShouldTellTheDamage(damaged);
        whole.Status.ShouldBe(HttpStatusCode.OK, whole.Body);
        ShouldTellTheDamage(summary);
    }

    [Test]
    public async Task Export_of_a_damaged_page_is_told_as_damage_at_its_start_and_cut_off_later()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(database.FilePath, runs: 5000);
        FilledDatabase.DamagePhaseOf(database.FilePath, 4000);
        using var api = await ApiProcess.StartAsync(database.FilePath);

        foreach (var accept in new[] { ApiAnswer.Ndjson, "text/csv" })
        {
            var partial = await Should.ThrowAsync<HttpRequestException>(() => ApiAnswer.SendAsync(api.Client, HttpMethod.Get, "run-metrics/export", accept: accept));
            partial.HttpRequestError.ShouldBe(HttpRequestError.ResponseEnded);
        }

        FilledDatabase.DamagePhaseOf(database.FilePath, 1);
        ShouldTellTheDamage(await ApiAnswer.GetAsync(api.Client, "run-metrics/export"));
        ShouldTellTheDamage(await ApiAnswer.SendAsync(api.Client, HttpMethod.Get, "run-metrics/export", accept: "text/csv"));
    }

    [Test]
    public async Task Write_to_a_damaged_page_is_told_as_damage_while_others_are_stored()
    {
        await using var database = await DamageAsync();
        using var api = await ApiProcess.StartAsync(database.FilePath);

        var damaged = await ApiAnswer.DeleteAsync(api.Client, $"runs/{FilledDatabase.RunId(Runs / 2)}");
        var whole = await ApiAnswer.DeleteAsync(api.Client, $"runs/{FilledDatabase.RunId(1)}");

        ShouldTellTheDamage(damaged);
        whole.Status.ShouldBe(HttpStatusCode.NoContent, whole.Body);
    }

    private static async Task<SqliteTestDatabase> DamageAsync()
    {
        var database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(database.FilePath, Runs);
        FilledDatabase.DamagePhaseOf(database.FilePath, Runs / 2);
        return database;
    }

    private static void ShouldTellTheDamage(ApiAnswer answer)
    {
        answer.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, answer.Body);
        var detail = Problem.Read(answer).Detail.ShouldNotBeNull();
        detail.ShouldContain("damaged");
        detail.ShouldContain("runmetrics db verify");
    }
}
