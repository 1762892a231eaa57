using System.Net;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Load;

/// <summary>Two instances of the API on one database, to which callers state the same facts, and facts that contradict each other, at once.</summary>
[OnBothDatabases]
public sealed class TwoInstancesTests(DatabaseKind kind)
{
    private const int Callers = 8;
    private const int Runs = 4;
    private const int Phases = 8;

    private static readonly string[] Outcomes = ["success", "failed"];

    private TestDatabase _database = null!;
    private ApiProcess _first = null!;
    private ApiProcess _second = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        _first = await ApiProcess.StartAsync(_database.Target);
        _second = await ApiProcess.StartAsync(_database.Target);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _first?.Dispose();
        _second?.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Phase_stated_by_many_in_two_ways_is_created_once_and_agrees_with_all_who_are_not_refused()
    {
        var answers = (await Task.WhenAll(Enumerable.Range(0, Callers).Select(StateEachAsync))).SelectMany(answer => answer).ToList();

        foreach (var phase in answers.GroupBy(answer => answer.Id, StringComparer.Ordinal))
        {
            var creator = phase.Where(answer => answer.Status == HttpStatusCode.Created).ShouldHaveSingleItem();
            var others = phase.Where(answer => answer != creator).ToList();
            others.ShouldAllBe(answer => answer.Status == (answer.Outcome == creator.Outcome ? HttpStatusCode.OK : HttpStatusCode.Conflict));
            others.Count.ShouldBe(Callers - 1);
            using var stored = JsonDocument.Parse((await ApiAnswer.GetAsync(_second.Client, $"runs/{phase.Key.Split('.')[0]}/metrics")).Body);
            stored.RootElement.EnumerateArray().Single(metric => metric.GetProperty("id").GetString() == phase.Key)
                .GetProperty("outcome").GetString().ShouldBe(creator.Outcome);
        }

        answers.Select(answer => answer.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(Runs * Phases);
        (await RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    [Test]
    public async Task Imports_of_the_same_facts_in_other_orders_store_each_once()
    {
        var runs = Enumerable.Range(0, 100).Select(number => $"import-{number:000}").ToArray();
        var imports = Enumerable.Range(0, 8).Select(number => ImportAsync(
            number % 2 == 0 ? _first : _second, number % 4 < 2 ? runs : [.. runs.Reverse()]));

        var answers = await Task.WhenAll(imports);

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        var counts = answers.Select(answer => JsonDocument.Parse(answer.Body).RootElement).ToList();
        counts.Sum(count => count.GetProperty("accepted").GetInt32()).ShouldBe(2 * runs.Length);
        counts.Sum(count => count.GetProperty("rejected").GetInt32()).ShouldBe(0);
        _database.Rows("SELECT count(*) FROM run_phase_metrics WHERE run_id LIKE 'import-%'").ShouldBe([$"{runs.Length}"]);
        (await RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    private static Task<ApiAnswer> ImportAsync(ApiProcess api, IEnumerable<string> runs) =>
        ApiAnswer.ImportAsync(api.Client, [.. runs.SelectMany(run => new[] { FactLines.Run(run), FactLines.Metric(run, $"{run}.1") })]);

    /// <summary>States every run and phase; each caller goes through them in an order of its own, and every second one says how it failed.</summary>
    private async Task<List<(string Id, string Outcome, HttpStatusCode Status)>> StateEachAsync(int caller)
    {
        var client = (caller % 2 == 0 ? _first : _second).Client;
        var outcome = Outcomes[caller / 2 % 2];
        var answers = new List<(string Id, string Outcome, HttpStatusCode Status)>();
        for (var turn = 0; turn < Runs * Phases; turn++)
        {
            var number = (turn + (caller * 7)) % (Runs * Phases);
            var run = $"run{number % Runs}";
            var stated = await ApiAnswer.PutAsync(client, $"runs/{run}", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
            stated.Status.ShouldBeOneOf(HttpStatusCode.Created, HttpStatusCode.OK);
            var id = $"{run}.{number}";
            var answer = await ApiAnswer.PutAsync(
                client,
                $"runs/{run}/metrics/{id}",
                $$"""{"phase":"test","iteration":{{number + 1}},"started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:01:00Z","outcome":"{{outcome}}"}""");
            answers.Add((id, outcome, answer.Status));
        }

        return answers;
    }
}
