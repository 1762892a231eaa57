using System.Net;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class StatisticsContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    private const string NoDurations =
        """{"count":0,"mean":null,"stddev":null,"min":null,"p50":null,"p90":null,"p95":null,"max":null}""";

    private const string Nothing = """{"success":0,"failed":0,"changes_requested":0,"approved":0,"skipped":0}""";

    [Test]
    public async Task Statistics_of_the_contract_are_answered_as_it_says()
    {
        var run = await PutRunAsync();
        await PutAsync($"runs/{run}/metrics/{run}.1", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:01:30Z","outcome":"success"}""");
        await PutAsync($"runs/{run}/metrics/{run}.2", """{"phase":"setup","started_at":"2026-01-12T10:02:00Z","ended_at":"2026-01-12T10:03:01Z","outcome":"success"}""");
        await PutAsync($"runs/{run}/metrics/{run}.3", """{"phase":"builder","iteration":12,"started_at":"2026-01-12T10:05:00Z"}""");

        var answer = await GetAsync($"repos/{run}/run-metrics/statistics?since=2026-01-12T11:00:00%2B01:00&group_by=label:model");

        // Of 90 and 61 the mean is 75.5, the deviation 29 / sqrt(2), the 90th percentile 61 + 0.9 * 29.
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        var setup =
            """
            "outcomes":{"success":2,"failed":0,"changes_requested":0,"approved":0,"skipped":0},"duration_seconds":{"count":2,"mean":75.5,
            "stddev":20.506096654409877,"min":61,"p50":75.5,"p90":87.1,"p95":88.55,"max":90}
            """;
        var figures =
            $$"""
            "runs":{"total":1,"running":1,"succeeded":0,"failed":0,"cancelled":0,"success_rate":null,"total_seconds":{{NoDurations}}},
            "iterations":{"mean":12,"max":12,"runs_by_iterations":[{"iterations":12,"runs":1}],"first_pass_approval_rate":null},
            "phases":[
            {"phase":"setup","open":0,{{setup}},"by_iteration":[{"iteration":1,"or_more":false,"open":0,{{setup}}}]},
            {"phase":"builder","open":1,"outcomes":{{Nothing}},"duration_seconds":{{NoDurations}},
            "by_iteration":[{"iteration":11,"or_more":true,"open":1,"outcomes":{{Nothing}},"duration_seconds":{{NoDurations}}}]},
            {{Empty("test")}},{{Empty("reviewer")}},{{Empty("merge")}}]
            """;
        answer.Body.ShouldBe(
            $$"""
            {"repo_id":"{{run}}","window_start":"2026-01-12T10:00:00.000Z","window_end":null,"as_of":null,{{figures}},
            "groups":[{"label":"model","value":null,{{figures}}}]}
            """.ReplaceLineEndings(""));
    }

    [Test]
    public async Task Statistics_of_all_projects_and_filters_count_what_they_name()
    {
        var project = NewId();
        await PutLabelledAsync(project, "wo-1", "opus", "succeeded");
        await PutLabelledAsync(project, "wo-1", "opus", "failed");
        await PutLabelledAsync(project, "wo-2", "haiku", "succeeded");

        (await CountAsync($"repos/{project}/run-metrics/statistics")).ShouldBe(3);
        (await CountAsync($"repos/{project}/run-metrics/statistics?label=model:opus")).ShouldBe(2);
        (await CountAsync($"repos/{project}/run-metrics/statistics?label=model:opus&label=a%253Ab:c:d")).ShouldBe(2);
        (await CountAsync($"repos/{project}/run-metrics/statistics?label=model:opus&label=model:haiku")).ShouldBe(0);
        (await CountAsync($"repos/{project}/run-metrics/statistics?work_order_id=wo-1&status=failed")).ShouldBe(1);
        (await CountAsync($"repos/{project}/run-metrics/statistics?until=2026-01-12T10:00:00Z")).ShouldBe(0);
        (await CountAsync("run-metrics/statistics?label=model:haiku")).ShouldBe(1);
        (await CountAsync("run-metrics/statistics")).ShouldBeGreaterThanOrEqualTo(3);
    }

    [TestCase("run-metrics/statistics", "2026-01-12T09:59:59.999Z", null)]
    [TestCase("run-metrics/statistics", "2026-01-12T10:00:00Z", "running")]
    [TestCase("run-metrics/statistics", "2026-01-12T10:29:59.999Z", "running")]
    [TestCase("run-metrics/statistics", "2026-01-12T10:30:00Z", "failed")]
    public async Task Statistics_as_of_an_instant_know_nothing_later(string path, string asOf, string? status)
    {
        var project = NewId();
        await PutLabelledAsync(project, "wo-1", "opus", "failed");

        var answer = await GetAsync($"repos/{project}/{path}?as_of={asOf}");
        var summary = await GetAsync($"repos/{project}/run-metrics/summary?as_of={asOf}");

        if (status is null)
        {
            Problem.Read(answer).Status.ShouldBe(404);
            Problem.Read(summary).Status.ShouldBe(404);
            return;
        }

        ((int)JsonNode.Parse(answer.Body)!["runs"]![status]!).ShouldBe(1);
        ((string?)JsonNode.Parse(summary.Body)!["recent_runs"]![0]!["status"]).ShouldBe(status);
    }

    [Test]
    public async Task Statistics_of_an_unknown_project_are_404() =>
        Problem.Read(await GetAsync($"repos/{NewId()}/run-metrics/statistics")).Status.ShouldBe(404);

    [TestCase("since=yesterday", "since", "since is 'yesterday'; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase("until=2026-01-12T10:00:00", "until", "until is '2026-01-12T10:00:00'; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase("as_of=", "as_of", "as_of is ''; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase(
        "since=2026-01-13T00:00:00Z&until=2026-01-12T00:00:00Z",
        "until",
        "until is '2026-01-12T00:00:00.000Z'; accepted: an instant at or after since, 2026-01-13T00:00:00.000Z.")]
    [TestCase("status=Failed", "status", "status is 'Failed'; accepted: running, succeeded, failed, cancelled.")]
    [TestCase("status=", "status", "status is ''; accepted: running, succeeded, failed, cancelled.")]
    [TestCase("work_order_id=", "work_order_id", "work_order_id is ''; accepted: 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("group_by=model", "group_by", "group_by is 'model'; accepted: label:NAME, the name 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("group_by=label:", "group_by", "group_by is 'label:'; accepted: label:NAME, the name 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("labels=model:opus", "labels", "labels is 'model:opus'; accepted: the query parameters")]
    [TestCase("status=failed&status=failed", "status", "status is 'failed,failed'; accepted: the query parameters")]
    [TestCase("label=model", "label", "label is 'model'; accepted: NAME:VALUE,")]
    [TestCase("label=", "label", "label is ''; accepted: NAME:VALUE,")]
    [TestCase("label=a:1&label=my%20model:opus", "label", "label is 'my model:opus'; accepted: NAME:VALUE,")]
    public async Task Statistics_of_a_filter_that_is_none_are_refused_by_name(string query, string name, string message)
    {
        var problem = Problem.Read(await GetAsync($"run-metrics/statistics?{query}"));

        problem.Status.ShouldBe(400);
        problem.Errors.ShouldHaveSingleItem().Key.ShouldBe(name);
        problem.Errors[name].ShouldHaveSingleItem().ShouldStartWith(message);
    }

    [Test]
    public async Task Statistics_of_more_labels_than_a_run_may_have_are_refused()
    {
        var labels = string.Join('&', Enumerable.Range(0, 2000).Select(number => $"label=l{number}:x"));

        Problem.Read(await GetAsync($"run-metrics/statistics?{labels[..7000].TrimEnd('&')}")).Errors["label"].ShouldContain(
            message => message.EndsWith("accepted: at most 16 labels, as a run has.", StringComparison.Ordinal));
    }

    private static string Empty(string phase) =>
        $$"""{"phase":"{{phase}}","open":0,"outcomes":{{Nothing}},"duration_seconds":{{NoDurations}},"by_iteration":[]}""";

    private async Task<int> CountAsync(string path)
    {
        var answer = await GetAsync(path);
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        return (int)JsonNode.Parse(answer.Body)!["runs"]!["total"]!;
    }

    private async Task PutLabelledAsync(string project, string workOrder, string model, string status)
    {
        var answer = await PutAsync(
            $"runs/{NewId()}",
            $$$"""
            {"project_id":"{{{project}}}","work_order_id":"{{{workOrder}}}","status":"{{{status}}}","started_at":"2026-01-12T10:00:00Z",
            "ended_at":"2026-01-12T10:30:00Z","labels":{"model":"{{{model}}}","a:b":"c:d"}}
            """);
        answer.Status.ShouldBe(HttpStatusCode.Created, answer.Body);
    }
}
