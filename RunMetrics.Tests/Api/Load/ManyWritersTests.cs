using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Load;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class ManyWritersTests(DatabaseKind kind)
{
    private const int Writers = 64;
    private const int FactsBeforeTheEnd = 2000;
    private const int MaxFactsPerWriter = 5000;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    [TestCase(true)]
    [TestCase(false)]
    public async Task End_in_the_midst_of_64_writers_keeps_every_acknowledged_fact_once(bool isKilled)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var api = await ApiProcess.StartAsync(database.Target);
        var acknowledged = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var refused = new ConcurrentQueue<string>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteUntilCutAsync(api.Client, writer, acknowledged, refused, enough)).ToList();
        await enough.Task.WaitAsync(TimeLimit);

        var exitCode = isKilled ? await KillAsync(api) : await api.StopAsync();
        await Task.WhenAll(writers).WaitAsync(TimeLimit);
        using var restarted = await ApiProcess.StartAsync(database.Target);

        exitCode.ShouldBe(0);
        refused.ShouldBeEmpty();
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(FactsBeforeTheEnd);
        var stored = await StoredMetrics.ReadAsync(restarted.Client, Enumerable.Range(0, Writers).Select(writer => $"run-{writer}"));
        stored.Select(metric => metric.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(stored.Count);
        stored.Count.ShouldBeInRange(acknowledged.Count, acknowledged.Count + Writers);
        var byId = stored.ToDictionary(metric => metric.Id, metric => metric.Body, StringComparer.Ordinal);
        acknowledged.Where(fact => !byId.TryGetValue(fact.Key, out var body) || body != fact.Value).ShouldBeEmpty();
    }

    [Test]
    public async Task Facts_of_one_commit_keep_each_their_own_answer()
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var api = await ApiProcess.StartAsync(database.Target);
        (await ApiAnswer.ImportAsync(api.Client, FactLines.Run("run"), FactLines.Metric("run", "settled"))).Status.ShouldBe(HttpStatusCode.OK);
        (string Path, string Phase, int Status)[] kinds =
        [
            ("runs/run/metrics/new-N", "test", 201),
            ("runs/run/metrics/bad-N", "Test", 400),
            ("runs/absent-N/metrics/lost-N", "test", 404),
            ("runs/run/metrics/settled", "setup", 409),
            ("runs/run/metrics/settled", "test", 200),
        ];
        List<Task<ApiAnswer>> calls;
        using (database.Lock())
        {
            // While the database is locked, what is sent gathers for one commit.
            calls = [.. Enumerable.Range(0, 40 * kinds.Length).Select(i =>
            {
                var (path, phase, _) = kinds[i % kinds.Length];
                return ApiAnswer.PutAsync(
                    api.Client,
                    path.Replace("N", $"{i}", StringComparison.Ordinal),
                    $$"""{"phase":"{{phase}}","started_at":"2026-01-12T10:00:00Z","outcome":"success"}""");
            })];
            await Task.WhenAll(calls.Where((_, i) => kinds[i % kinds.Length].Status == 400)).WaitAsync(TimeLimit);
        }

        var answers = await Task.WhenAll(calls).WaitAsync(TimeLimit);

        answers.Select((answer, i) => $"{i} {(int)answer.Status}").ShouldBe(answers.Select((_, i) => $"{i} {kinds[i % kinds.Length].Status}"));
        for (var i = 0; i < answers.Length; i++)
        {
            var id = kinds[i % kinds.Length].Path.Replace("N", $"{i}", StringComparison.Ordinal).Split('/')[3];
            var body = answers[i].Body;
            switch (kinds[i % kinds.Length].Status)
            {
                case 200 or 201:
                    body.ShouldContain($"\"id\":\"{id}\"");
                    break;
                case 404:
                    body.ShouldContain($"absent-{i}");
                    break;
                default:
                    Problem.Read(answers[i]).Errors.Keys.ShouldBe(["phase"]);
                    break;
            }
        }
    }

    [Test]
    public async Task Full_queue_answers_503_with_Retry_After_and_keeps_what_it_took()
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var api = await ApiProcess.StartAsync(database.Target);
        List<Task<HttpResponseMessage>> calls;
        HttpResponseMessage refused;
        using (database.Lock())
        {
            // One batch of 500 facts is being written, 20,000 facts wait, and nothing more is taken.
            calls = [.. Enumerable.Range(0, 44).Select(i => ImportAsync(api.Client, i))];
            refused = await await Task.WhenAny(calls).WaitAsync(TimeLimit);
        }

        var answers = await Task.WhenAll(calls).WaitAsync(TimeLimit);

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        Problem.Read(new ApiAnswer(refused.StatusCode, refused.Content.Headers.ContentType?.MediaType, await refused.Content.ReadAsStringAsync()))
            .Status.ShouldBe(503);
        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        var taken = answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
        taken.ShouldBeGreaterThanOrEqualTo(40);
        database.Rows("SELECT COUNT(*) FROM runs").ShouldBe([$"{500 * taken}"]);
        answers.ToList().ForEach(answer => answer.Dispose());
    }

    private static async Task<HttpResponseMessage> ImportAsync(HttpClient client, int import)
    {
        var lines = string.Concat(Enumerable.Range(0, 500).Select(i => $"{FactLines.Run($"run-{import}-{i}")}\n"));
        using var content = new StringContent(lines);
        content.Headers.ContentType = new(ApiAnswer.Ndjson);
        return await client.PostAsync(new Uri("run-metrics/import", UriKind.Relative), content);
    }

    private static async Task<int> KillAsync(ApiProcess api)
    {
        await api.KillAsync();
        return 0;
    }

    private static async Task WriteUntilCutAsync(
        HttpClient client, int writer, ConcurrentDictionary<string, string> acknowledged, ConcurrentQueue<string> refused, TaskCompletionSource enough)
    {
        try
        {
            var run = await ApiAnswer.PutAsync(
                client, $"runs/run-{writer}", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
            run.Status.ShouldBe(HttpStatusCode.Created, run.Body);
            for (var i = 0; i < MaxFactsPerWriter; i++)
            {
                var id = $"run-{writer}.{i:D5}";
                var fact = $$$"""{"id":"{{{id}}}","phase":"test","started_at":"2026-01-12T10:00:00Z","outcome":"failed","metadata":{"writer":{{{writer}}},"fact":{{{i}}}}}""";
                var answer = i % 2 == 0
                    ? await ApiAnswer.PutAsync(client, $"runs/run-{writer}/metrics/{id}", fact)
                    : await ApiAnswer.PostAsync(client, $"runs/run-{writer}/metrics", fact);
                if (answer.Status != HttpStatusCode.Created || !answer.Body.Contains($$"""{"writer":{{writer}},"fact":{{i}}}""", StringComparison.Ordinal))
                {
                    refused.Enqueue($"{id}: {answer}");
                    return;
                }

                acknowledged[id] = answer.Body;
                if (acknowledged.Count >= FactsBeforeTheEnd)
                {
                    enough.TrySetResult();
                }
            }
        }
        catch (HttpRequestException)
        {
            // The process ended: nobody said that this fact was stored.
        }
    }
}
