using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[Parallelizable(ParallelScope.Self)]
public sealed class LogTests
{
    private const string Secret = "distinctive-metadata-6f1d";
    private const string GarbageToken = "distinctive-token-52ab";

    private static readonly string Phase =
        $$$"""{"phase":"test","started_at":"2026-01-12T10:00:00Z","outcome":"success","metadata":{"{{{Secret}}}":"{{{Secret}}}"}}""";

    [TestCase(DatabaseKind.Sqlite, null)]
    [TestCase(DatabaseKind.Sqlite, "json")]
    [TestCase(DatabaseKind.PostgreSql, null)]
    public async Task Log_finds_what_failed_by_its_trace_id_and_tells_no_secret(DatabaseKind kind, string? formatter)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var target = kind == DatabaseKind.PostgreSql ? $"{database.Target};Password={Secret}" : database.Target;
        var token = Tokens.Create();
        var variables = new Dictionary<string, string?>(Tokens.Environment, StringComparer.Ordinal)
        {
            // Null is the default: no variable.
            ["Logging__Console__FormatterName"] = formatter,
        };
        using var api = await ApiProcess.StartInAsync(variables, target);
        await SendRefusedAsync(api, token);
        database.Rows("DROP TABLE run_phase_metrics");

        var broken = await ApiAnswer.PutAsync(api.Client, "runs/known/metrics/m-2", Phase);
        database.Rows("DROP TABLE run_labels; DROP TABLE runs");
        var unready = await ApiAnswer.GetAsync(api.Client, "health/ready");
        var exitCode = await api.StopAsync();

        exitCode.ShouldBe(0);
        Problem.Read(broken).Status.ShouldBe(500);
        Problem.Read(unready).Status.ShouldBe(503);
        foreach (var answer in new[] { broken, unready })
        {
            var traceId = (string)JsonNode.Parse(answer.Body)!["trace_id"]!;
            var lines = api.Output.Split('\n').Where(line => line.Contains(traceId, StringComparison.Ordinal)).ToList();
            lines.ShouldNotBeEmpty(api.Output);
            if (formatter == "json")
            {
                lines.Select(line => (string?)JsonNode.Parse(line)!["LogLevel"]).ShouldContain("Error", StringComparer.Ordinal);
            }
        }

        api.Output.ShouldNotContain(Secret);
        api.Output.ShouldNotContain(GarbageToken);
        api.Output.ShouldNotContain(token);
        api.Output.ShouldNotContain(token.Split('.')[2]);
    }

    [Test]
    public async Task Stop_tells_how_many_refused_tokens_the_log_left_out()
    {
        using var folder = new TemporaryFolder();
        using var api = await ApiProcess.StartInAsync(Tokens.Environment, folder.File("runmetrics.db"));
        api.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GarbageToken);
        for (var i = 0; i < 13; i++)
        {
            await ApiAnswer.GetAsync(api.Client, "runs/any");
        }

        var exitCode = await api.StopAsync();

        exitCode.ShouldBe(0);
        api.Output.Split('\n').Count(line => line.Contains("A token was refused: it is malformed", StringComparison.Ordinal)).ShouldBe(10);
        api.Output.ShouldContain("3 more refused within a minute: it is malformed");
    }

    /// <summary>Sends secrets with calls that are accepted and with calls that are refused for all sorts of reasons.</summary>
    private static async Task SendRefusedAsync(ApiProcess api, string token)
    {
        var client = api.Client;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GarbageToken);
        var statuses = new List<int> { (int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-1", Phase)).Status };

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"{token}x");
        statuses.Add((int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-1", Phase)).Status);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        statuses.Add((int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-1", Phase)).Status);
        await ApiAnswer.PutAsync(client, "runs/known", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
        statuses.Add((int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-1", Phase)).Status);
        statuses.Add((int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-1", Phase.Replace("success", "failed", StringComparison.Ordinal))).Status);
        statuses.Add((int)(await ApiAnswer.PutAsync(client, "runs/known/metrics/m-3", Phase[..^1])).Status);
        statuses.Add((int)(await ApiAnswer.ImportAsync(client, FactLines.Metric(Secret, Secret))).Status);

        statuses.ShouldBe([401, 401, 404, 201, 409, 400, 207]);
    }
}
