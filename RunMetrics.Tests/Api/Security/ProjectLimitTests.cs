using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class ProjectLimitTests(DatabaseKind kind) : SecuredApiFixture(kind)
{
    private const string Inside = "limits/inside";
    private const string Outside = "limits/outside";

    private static IEnumerable<TestCaseData> LimitedTokens()
    {
        yield return new TestCaseData(Tokens.Create(projects: Inside)).SetArgDisplayNames("one");
        yield return new TestCaseData(Tokens.Create(projects: $"{Inside} limits/other")).SetArgDisplayNames("two as text");
        yield return new TestCaseData(Tokens.Create(projects: new[] { Inside, "limits/other" })).SetArgDisplayNames("two as list");
    }

    private static IEnumerable<TestCaseData> TokensForNothing()
    {
        yield return new TestCaseData(Tokens.Create(projects: string.Empty)).SetArgDisplayNames("empty text");
        yield return new TestCaseData(Tokens.Create(projects: " ")).SetArgDisplayNames("a blank");
        yield return new TestCaseData(Tokens.Create(projects: Array.Empty<string>())).SetArgDisplayNames("empty list");
        yield return new TestCaseData(Tokens.Create(projects: JsonSerializer.SerializeToElement<string?>(null))).SetArgDisplayNames("null");
        yield return new TestCaseData(Tokens.Create(projects: new Dictionary<string, object>(StringComparer.Ordinal))).SetArgDisplayNames("empty object");
        yield return new TestCaseData(Tokens.Create(projects: "limits")).SetArgDisplayNames("a part of the name");
        yield return new TestCaseData(Tokens.Create(projects: "LIMITS/OUTSIDE")).SetArgDisplayNames("another casing");
        yield return new TestCaseData(Tokens.Create(projects: "*")).SetArgDisplayNames("a star");
    }

    [TestCaseSource(nameof(LimitedTokens))]
    public async Task Call_inside_the_limit_succeeds(string token)
    {
        foreach (var call in ApiCall.All.Append(ApiCall.Document))
        {
            var run = await PutRunAsync(Inside);

            var answer = await call.SendAsync(ClientWith(token), run, Inside);

            ((int)answer.Status).ShouldBe(call.Status, $"{call.Operation}: {answer.Body}");
        }
    }

    [TestCaseSource(nameof(LimitedTokens))]
    [TestCaseSource(nameof(TokensForNothing))]
    public async Task Call_outside_the_limit_finds_nothing_and_changes_nothing(string token)
    {
        var run = await PutRunAsync(Outside);
        var before = Dump();
        foreach (var call in ApiCall.All.Append(ApiCall.Document))
        {
            var answer = await call.SendAsync(ClientWith(token), run, Outside);

            ((int)answer.Status).ShouldBe(call.StatusOutside, $"{call.Operation}: {answer.Body}");
            answer.Body.ShouldNotContain($"\"project_id\":\"{Outside}\"");
            answer.Body.Split('\n').Where(line => line.Contains(run, StringComparison.Ordinal)).ShouldNotContain(line => line.Contains("hush", StringComparison.Ordinal));
            if (call.StatusOutside == 404)
            {
                Problem.Read(answer).Status.ShouldBe(404);
            }
        }

        Dump().ShouldBe(before);
    }

    [Test]
    public async Task Put_of_a_new_run_outside_the_limit_is_404_and_creates_nothing()
    {
        var client = ClientWith(Tokens.Create(projects: Inside));
        var before = Dump();

        var answer = await ApiAnswer.PutAsync(client, "runs/created-outside", $$"""{"project_id":"{{Outside}}","work_order_id":"wo-1"}""");

        Problem.Read(answer).Status.ShouldBe(404);
        Dump().ShouldBe(before);
    }

    [Test]
    public async Task Put_that_claims_a_run_outside_for_the_own_project_is_404_as_for_one_that_is_not_there()
    {
        var client = ClientWith(Tokens.Create(projects: Inside));
        var run = await PutRunAsync(Outside);
        var before = Dump();

        var answer = await ApiAnswer.PutAsync(
            client, $"runs/{run}", $$"""{"project_id":"{{Inside}}","work_order_id":"wo-1","status":"failed"}""");

        Problem.Read(answer).Status.ShouldBe(404);
        Dump().ShouldBe(before);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Phase_under_the_id_of_one_outside_is_refused_and_tells_nothing_of_it(bool isPut)
    {
        var client = ClientWith(Tokens.Create(projects: Inside));
        var (outside, inside) = (await PutRunAsync(Outside), await PutRunAsync(Inside));
        var before = Dump();
        var phase = $$$"""
            {"id":"{{{outside}}}","phase":"reviewer","iteration":7,"started_at":"2026-01-13T10:00:00Z","outcome":"failed","metadata":{"note":1}}
            """;

        var answer = isPut
            ? await ApiAnswer.PutAsync(client, $"runs/{inside}/metrics/{outside}", phase)
            : await ApiAnswer.PostAsync(client, $"runs/{inside}/metrics", phase);

        var problem = Problem.Read(answer);
        problem.Status.ShouldBe(409);
        problem.Errors.Keys.ShouldBe(["id"]);
        answer.Body.ShouldNotContain("hush");
        answer.Body.ShouldNotContain("2026-01-12");
        answer.Body.ShouldNotContain("builder");
        Dump().ShouldBe(before);
    }

    [Test]
    public async Task Import_stores_the_lines_inside_the_limit_and_rejects_the_others()
    {
        var client = ClientWith(Tokens.Create(projects: "acme"));
        var foreign = await PutRunAsync(Outside);
        var id = Guid.CreateVersion7().ToString("D");

        var answer = await ApiAnswer.ImportAsync(
            client,
            FactLines.Run(id),
            FactLines.Run($"{id}.foreign").Replace("acme", Outside, StringComparison.Ordinal),
            FactLines.Metric(id, id),
            FactLines.Metric(foreign, $"{id}.foreign"));

        ((int)answer.Status).ShouldBe(207, answer.Body);
        var report = JsonNode.Parse(answer.Body)!;
        ((int)report["accepted"]!).ShouldBe(2);
        ((int)report["rejected"]!).ShouldBe(2);
        report["errors"]!.AsArray().Select(error => (int)error!["line"]!).ShouldBe([2, 4]);
        Dump().Count(row => row.Contains($"{id}.foreign", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Test]
    public async Task Answers_about_all_projects_count_and_list_those_inside_the_limit_only()
    {
        await PutRunAsync("summary/one");
        await PutRunAsync("summary/one");
        await PutRunAsync("summary/two");
        await PutRunAsync("summary/three");

        var totals = new List<int>();
        foreach (var projects in new[] { "summary/one", "summary/one summary/two", "summary/none" })
        {
            var client = ClientWith(Tokens.Create(projects: projects));
            var summary = await ReadAsync(client, "run-metrics/summary");
            var statistics = await ReadAsync(client, "run-metrics/statistics?group_by=label:note");
            var listed = await ReadAsync(client, "repos");
            var exported = await ApiAnswer.GetAsync(client, "run-metrics/export");

            totals.Add((int)summary["total_runs"]!);
            summary["recent_runs"]!.AsArray().Count.ShouldBe(totals[^1]);
            ((double)summary["avg_builder_seconds"]!).ShouldBe(totals[^1] == 0 ? 0 : 600);
            ((int)statistics["runs"]!["total"]!).ShouldBe(totals[^1]);
            statistics["groups"]!.AsArray().Sum(group => (int)group!["runs"]!["total"]!).ShouldBe(totals[^1]);
            listed["items"]!.AsArray().Sum(project => (int)project!["total_runs"]!).ShouldBe(totals[^1]);
            exported.Body.Split('\n').Count(line => line.StartsWith("""{"run":""", StringComparison.Ordinal)).ShouldBe(totals[^1]);
        }

        totals.ShouldBe([2, 3, 0]);

        static async Task<JsonNode> ReadAsync(HttpClient client, string path) => JsonNode.Parse((await ApiAnswer.GetAsync(client, path)).Body)!;
    }
}
