using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Load;

/// <summary>The primary of a pair is killed under load, and the standby promoted: nobody starts anything anew but that.</summary>
public sealed class FailoverTests
{
    private const int Writers = 64;
    private const int FactsBeforeTheEnd = 500;
    private const int FactsAfterwards = 500;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Primary_killed_under_64_writers_keeps_every_acknowledged_fact_once_and_the_standby_takes_over()
    {
        using var primary = await PostgreSqlServer.StartAsync("fsync=off");
        await primary.ExecuteAsync("CREATE DATABASE runs");
        using var standby = await primary.StartStandbyAsync("standby");
        await primary.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
        await primary.ExecuteAsync("SELECT pg_reload_conf()");
        await Eventually.TrueAsync(async () => await IsSynchronousAsync(primary));
        var pair = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port};Username=postgres;Database=runs");
        using var first = await ApiProcess.StartAsync(pair);
        using var second = await ApiProcess.StartAsync(pair);
        var load = new Load([first.Client, second.Client]);
        var writers = Enumerable.Range(0, Writers).Select(load.WriteAsync).ToList();
        await load.UntilAcknowledgedAsync(FactsBeforeTheEnd, TimeLimit);

        await primary.KillAsync();
        await load.UntilUnavailableAsync(TimeLimit);
        await standby.PromoteAsync();
        await load.UntilAcknowledgedAsync(load.Acknowledged.Count + FactsAfterwards, TimeLimit);
        load.Stop();
        await Task.WhenAll(writers).WaitAsync(TimeLimit);

        load.Refused.ShouldBeEmpty();
        var stored = await StoredMetrics.ReadAsync(second.Client, Enumerable.Range(0, Writers).Select(writer => $"run-{writer}"));
        stored.Select(fact => fact.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(stored.Count);
        var byId = stored.ToDictionary(fact => fact.Id, fact => fact.Body, StringComparer.Ordinal);
        load.Acknowledged.Where(fact => byId.GetValueOrDefault(fact.Key) != fact.Value).ShouldBeEmpty();
        (await RunMetricsDatabase.VerifyAsync(PostgreSqlLocation.Parse(pair, "test"), progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    private static async Task<bool> IsSynchronousAsync(PostgreSqlServer primary)
    {
        try
        {
            await primary.ExecuteAsync("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') THEN RAISE 'not yet'; END IF; END $$");
            return true;
        }
        catch (Npgsql.PostgresException)
        {
            return false;
        }
    }

    /// <summary>Writers that state a fact until somebody has taken it, each time to another instance.</summary>
    private sealed class Load(HttpClient[] instances)
    {
        private volatile bool _isStopped;
        private int _unavailable;

        public ConcurrentDictionary<string, string> Acknowledged { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<string> Refused { get; } = new();

        public void Stop() => _isStopped = true;

        public Task UntilAcknowledgedAsync(int facts, TimeSpan limit) => Eventually.TrueAsync(() => Acknowledged.Count >= facts || !Refused.IsEmpty).WaitAsync(limit);

        public Task UntilUnavailableAsync(TimeSpan limit) => Eventually.TrueAsync(() => _unavailable > 0).WaitAsync(limit);

        public async Task WriteAsync(int writer)
        {
            await StateAsync(writer, $"runs/run-{writer}", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
            for (var i = 0; !_isStopped; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"run-{writer}.{i:D5}");
                var fact = $$$"""{"id":"{{{id}}}","phase":"test","started_at":"2026-01-12T10:00:00Z","outcome":"failed","metadata":{"writer":{{{writer}}},"fact":{{{i}}}}}""";
                if (await StateAsync(writer + i, $"runs/run-{writer}/metrics/{id}", fact) is { } body)
                {
                    Acknowledged[id] = body;
                }
            }
        }

        /// <returns>The answer; null when it was not taken before the end.</returns>
        private async Task<string?> StateAsync(int turn, string path, string fact)
        {
            for (var attempt = turn; ; attempt++)
            {
                using var content = new StringContent(fact, mediaType: new("application/json"));
                using var answer = await instances[attempt % instances.Length].PutAsync(new Uri(path, UriKind.Relative), content);
                if (answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK)
                {
                    return await answer.Content.ReadAsStringAsync();
                }

                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || answer.Headers.RetryAfter is null)
                {
                    Refused.Enqueue($"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                    return null;
                }

                Interlocked.Increment(ref _unavailable);
                if (_isStopped)
                {
                    return null;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    }
}
