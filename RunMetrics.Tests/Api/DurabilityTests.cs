using System.Collections.Concurrent;
using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.Self)]
public sealed class DurabilityTests
{
    private const int Clients = 4;

    [TestCase(1)]
    [TestCase(40)]
    [TestCase(200)]
    public async Task Kill_at_any_moment_loses_no_acknowledged_fact(int acknowledgedBeforeKill)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var api = await ApiProcess.StartAsync(database.Target);
        var acknowledged = new ConcurrentDictionary<string, ConcurrentDictionary<string, string>>(StringComparer.Ordinal);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        var clients = Enumerable.Range(1, Clients).Select(client => RecordUntilCutAsync(api, $"run-{client}", client, acknowledged, () =>
        {
            if (Interlocked.Increment(ref count) == acknowledgedBeforeKill)
            {
                enough.SetResult();
            }
        })).ToArray();

        await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await api.KillAsync();
        await Task.WhenAll(clients);
        using var restarted = await ApiProcess.StartAsync(database.Target);

        acknowledged.Sum(run => run.Value.Count).ShouldBeGreaterThanOrEqualTo(acknowledgedBeforeKill - 1);
        foreach (var (run, metrics) in acknowledged)
        {
            var stored = await StoredMetrics.ReadAsync(restarted.Client, run);
            stored.Select(metric => metric.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(stored.Count);
            foreach (var (id, json) in metrics)
            {
                stored.ShouldContain((id, json));
            }

            // At most the one fact that was under way when the process was killed may be there without having been acknowledged.
            stored.Count.ShouldBeInRange(metrics.Count, metrics.Count + 1);
        }
    }

    /// <summary>Opens and closes phases one by one, by PUT and by POST, and keeps what the API said it stored.</summary>
    private static async Task RecordUntilCutAsync(
        ApiProcess api,
        string run,
        int client,
        ConcurrentDictionary<string, ConcurrentDictionary<string, string>> acknowledged,
        Action onAcknowledged)
    {
        try
        {
            await ApiAnswer.PutAsync(api.Client, $"runs/{run}", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
            var metrics = acknowledged.GetOrAdd(run, _ => new ConcurrentDictionary<string, string>(StringComparer.Ordinal));
            for (var i = 0; ; i++)
            {
                var id = $"{run}.{i:D6}";
                var fact = $$$"""{"id":"{{{id}}}","phase":"test","started_at":"2026-01-12T10:00:00Z","outcome":"failed","metadata":{"client":{{{client}}}}}""";
                var answer = i % 2 == 0
                    ? await ApiAnswer.PutAsync(api.Client, $"runs/{run}/metrics/{id}", fact)
                    : await ApiAnswer.PostAsync(api.Client, $"runs/{run}/metrics", fact);
                answer.Status.ShouldBe(HttpStatusCode.Created, answer.Body);
                metrics[id] = answer.Body;
                onAcknowledged();
            }
        }
        catch (HttpRequestException)
        {
            // The process was killed: nobody said that this fact was stored.
        }
    }
}
