using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using RunMetrics.Tests.Api.Security;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>A PostgreSQL server that goes away and comes back under an API that stays.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class AwayDatabaseTests
{
    [Test]
    public async Task Server_that_is_away_is_answered_by_503_and_one_that_is_back_as_before()
    {
        using var server = await PostgreSqlServer.StartAsync();
        await server.ExecuteAsync("CREATE DATABASE runs");
        using var api = await ApiProcess.StartAsync(server.ConnectionStringOf("runs"));
        (await ApiAnswer.ImportAsync(api.Client, FactLines.Run("r"), FactLines.Metric("r", "m"))).Status.ShouldBe(HttpStatusCode.OK);
        var before = await ApiAnswer.GetAsync(api.Client, "run-metrics/export");
        await server.KillAsync();

        var away = new List<(string Operation, ApiAnswer Answer)>();
        foreach (var call in ApiCall.All)
        {
            away.Add((call.Operation, await call.SendAsync(api.Client, "r", "acme")));
        }

        using var read = await api.Client.GetAsync(new Uri("runs/r", UriKind.Relative));
        using var write = await api.Client.DeleteAsync(new Uri("runs/r", UriKind.Relative));
        await server.StartAgainAsync();
        var back = await ApiAnswer.GetAsync(api.Client, "run-metrics/export");
        var repeated = await ApiAnswer.ImportAsync(api.Client, FactLines.Run("r"), FactLines.Metric("r", "m"));

        away.Select(one => $"{one.Operation} {(int)one.Answer.Status}")
            .ShouldBe(ApiCall.All.Select(call => $"{call.Operation} {(call.Operation == "get /health/live" ? 200 : 503)}"));
        foreach (var (operation, answer) in away.Where(one => one.Answer.Status == HttpStatusCode.ServiceUnavailable))
        {
            Problem.Read(answer).Detail!.ShouldStartWith("The database ", customMessage: operation);
        }

        new[] { read, write }.ShouldAllBe(answer => answer.Headers.RetryAfter!.Equals(new RetryConditionHeaderValue(TimeSpan.FromSeconds(1))));
        back.ShouldBe(before);
        repeated.Body.ShouldBe("""{"accepted":0,"unchanged":2,"rejected":0,"errors":[]}""");
    }
}
