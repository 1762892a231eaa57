using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class ListingContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    [Test]
    public async Task Runs_of_a_project_are_listed_newest_first_as_each_of_them_is_read()
    {
        var project = NewId();
        string[] runs = [await PutRunAsync(project), await PutRunAsync(project), await PutRunAsync(project)];

        var first = await GetAsync($"repos/{project}/runs?limit=2");
        var second = await GetAsync($"repos/{project}/runs?limit=2&cursor={CursorOf(first)}");

        // All three started at once: the highest id is the newest.
        var read = new List<string>();
        foreach (var run in runs)
        {
            read.Add((await GetAsync($"runs/{run}")).Body);
        }

        first.Body.ShouldBe($$"""{"items":[{{read[2]}},{{read[1]}}],"next_cursor":"{{CursorOf(first)}}"}""");
        second.Body.ShouldBe($$"""{"items":[{{read[0]}}],"next_cursor":null}""");
    }

    [Test]
    public async Task Runs_are_limited_to_fifty_unless_asked_for_otherwise()
    {
        var project = NewId();
        await ImportAsync([.. Enumerable.Range(0, 51).Select(number => FactLines.Run($"{project}.{number}").Replace("acme", project, StringComparison.Ordinal))]);

        JsonNode.Parse((await GetAsync($"repos/{project}/runs")).Body)!["items"]!.AsArray().Count.ShouldBe(50);
        JsonNode.Parse((await GetAsync($"repos/{project}/runs?limit=200")).Body)!["items"]!.AsArray().Count.ShouldBe(51);
    }

    [Test]
    public async Task Runs_that_no_filter_meets_are_an_empty_list_and_those_of_no_project_404()
    {
        var project = NewId();
        await PutRunAsync(project);

        (await GetAsync($"repos/{project}/runs?status=cancelled")).ShouldBe(
            new ApiAnswer(HttpStatusCode.OK, ApiAnswer.Json, """{"items":[],"next_cursor":null}"""));
        Problem.Read(await GetAsync($"repos/{NewId()}/runs")).Status.ShouldBe(404);
    }

    [Test]
    public async Task Projects_are_listed_page_by_page_in_the_order_of_their_bytes()
    {
        var prefix = NewId();
        string[] ids = [$"{prefix}/a", $"{prefix}/B", $"{prefix}.z"];
        foreach (var id in ids.Append(ids[0]))
        {
            await PutRunAsync(id);
        }

        var items = new List<JsonNode>();
        var cursor = "";
        do
        {
            var answer = await GetAsync($"repos?limit=1&cursor={cursor}");
            var page = JsonNode.Parse(answer.Body)!;
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);

        var own = items.Where(item => ((string?)item["id"])!.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        own.Select(item => (string?)item["id"]).ShouldBe([$"{prefix}.z", $"{prefix}/B", $"{prefix}/a"]);
        own[2].ToJsonString().ShouldBe($$"""{"id":"{{prefix}}/a","total_runs":2,"last_started_at":"2026-01-12T10:00:00.000Z"}""");
        items.DistinctBy(item => (string?)item["id"], StringComparer.Ordinal).Count().ShouldBe(items.Count);
    }

    [TestCase("x")]
    [TestCase("!")]
    [TestCase("%20")]
    [TestCase("AAAAAAAAAAAAAAAA")]
    [TestCase("%00")]
    public async Task Cursor_that_nobody_gave_out_is_refused(string cursor)
    {
        var project = NewId();
        await PutRunAsync(project);

        foreach (var path in new[] { $"repos/{project}/runs", "repos" })
        {
            var problem = Problem.Read(await GetAsync($"{path}?cursor={cursor}"));

            problem.Status.ShouldBe(400);
            problem.Errors["cursor"].ShouldHaveSingleItem().ShouldContain("accepted: next_cursor of the page before, with the same filters.");
        }
    }

    [Test]
    public async Task Cursor_that_was_changed_or_belongs_to_another_list_is_refused()
    {
        var project = NewId();
        await PutRunAsync(project);
        await PutRunAsync(project);
        var cursor = CursorOf(await GetAsync($"repos/{project}/runs?limit=1"))!;
        var changed = Enumerable.Range(0, cursor.Length).Select(position =>
            new StringBuilder(cursor) { [position] = cursor[position] == 'A' ? 'B' : 'A' }.ToString());

        foreach (var path in changed.Append(cursor[1..]).Append($"{cursor}A").Select(other => $"repos/{project}/runs?cursor={other}")
            .Append($"repos/{project}/runs?status=running&cursor={cursor}")
            .Append($"repos/{await PutRunAsync()}/runs?cursor={cursor}")
            .Append($"repos?cursor={cursor}"))
        {
            Problem.Read(await GetAsync(path)).Errors.Keys.ShouldBe(["cursor"], path);
        }

        (await GetAsync($"repos/{project}/runs?limit=200&cursor={cursor}")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Cursor_of_a_run_that_is_gone_still_leads_to_those_behind_it()
    {
        var project = NewId();
        string[] runs = [await PutRunAsync(project), await PutRunAsync(project)];
        var cursor = CursorOf(await GetAsync($"repos/{project}/runs?limit=1"));

        await DeleteAsync($"runs/{runs[1]}");

        JsonNode.Parse((await GetAsync($"repos/{project}/runs?cursor={cursor}")).Body)!["items"]!.AsArray()
            .Select(run => (string?)run!["id"]).ShouldBe([runs[0]]);
    }

    [TestCase("limit=0")]
    [TestCase("limit=201")]
    [TestCase("limit=many")]
    [TestCase("limit=")]
    [TestCase("limit=%205")]
    [TestCase("limit=%2B5")]
    [TestCase("limit=0x5")]
    [TestCase("limit=5%00")]
    public async Task Limit_out_of_its_range_is_refused(string query)
    {
        var problem = Problem.Read(await GetAsync($"repos?{query}"));

        problem.Errors["limit"].ShouldHaveSingleItem().ShouldBe($"limit is '{Uri.UnescapeDataString(query[6..])}'; accepted: a whole number from 1 to 200.");
    }

    private static string? CursorOf(ApiAnswer answer) => (string?)JsonNode.Parse(answer.Body)!["next_cursor"];
}
