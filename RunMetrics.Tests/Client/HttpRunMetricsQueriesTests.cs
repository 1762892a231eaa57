using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class HttpRunMetricsQueriesTests(DatabaseKind kind) : ApiFixture(kind)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task ComputeStatisticsAsync_any_question_reads_what_the_api_answers()
    {
        var project = $"acme/{NewId()}";
        var put = await PutAsync(
            $"runs/{NewId()}",
            $$$"""{"project_id":"{{{project}}}","work_order_id":"wo-1","status":"failed","started_at":"2026-01-12T10:00:00Z","labels":{"a:b":"c & d:é"}}""");
        using var queries = HttpRunMetricsQueries.Create(Api.Address);
        var filter = new RunFilter
        {
            ProjectId = project,
            WorkOrderId = "wo-1",
            Status = RunStatus.Failed,
            Since = Start,
            Until = Start.AddDays(1),
            Labels = [KeyValuePair.Create("a:b", "c & d:é")],
        };

        var statistics = await queries.ComputeStatisticsAsync(filter, asOf: null, "a:b", CancellationToken.None);

        ((int)put.Status).ShouldBe(201, put.Body);
        statistics.ShouldNotBeNull().Runs.Failed.ShouldBe(1);
        statistics.Groups.ShouldNotBeNull().ShouldHaveSingleItem().Value.ShouldBe("c & d:é");
        var answer = await GetAsync(
            $"repos/{Uri.EscapeDataString(project)}/run-metrics/statistics?group_by=label:a:b&since=2026-01-12T10:00:00Z&until=2026-01-13T10:00:00Z");
        JsonSerializer.Serialize(statistics, RunMetricsJson.CreateOptions()).ShouldBe(answer.Body);
    }

    [Test]
    public async Task ComputeStatisticsAsync_as_of_an_instant_before_the_first_run_of_a_project_is_null()
    {
        var project = await PutRunAsync();
        using var queries = HttpRunMetricsQueries.Create(Api.Address);

        (await queries.ComputeStatisticsAsync(new RunFilter { ProjectId = project }, Start.AddSeconds(-1), null, CancellationToken.None)).ShouldBeNull();
        (await queries.ComputeStatisticsAsync(new RunFilter(), Start.AddSeconds(-1), null, CancellationToken.None)).ShouldNotBeNull().Runs.Total.ShouldBe(0);
    }

    [Test]
    public async Task ComputeStatisticsAsync_at_an_address_of_something_else_throws()
    {
        using var queries = HttpRunMetricsQueries.Create(new Uri(Api.Address, "elsewhere"));

        await Should.ThrowAsync<StoreUnavailableException>(
            () => queries.ComputeStatisticsAsync(new RunFilter { ProjectId = "acme" }, null, null, CancellationToken.None));
    }

    [Test]
    public async Task ListRunsAsync_of_a_project_reads_the_newest_and_whether_there_are_more()
    {
        var project = $"acme/{NewId()}";
        var runs = new[] { await PutRunAsync(project), await PutRunAsync(project) };
        using var queries = HttpRunMetricsQueries.Create(Api.Address);

        var first = await queries.ListRunsAsync(new RunFilter { ProjectId = project }, limit: 1, CancellationToken.None);
        var all = await queries.ListRunsAsync(new RunFilter { ProjectId = project }, limit: 2, CancellationToken.None);

        first.ShouldNotBeNull().HasMore.ShouldBeTrue();
        first.Items.ShouldHaveSingleItem().Id.ShouldBe(runs.Max(StringComparer.Ordinal));
        all.ShouldNotBeNull().HasMore.ShouldBeFalse();
        all.Items.Select(run => run.Id).ShouldBe(runs.OrderDescending(StringComparer.Ordinal));
    }

    [Test]
    public async Task ListRunsAsync_of_an_unknown_project_is_null_and_of_none_a_mistake()
    {
        using var queries = HttpRunMetricsQueries.Create(Api.Address);

        (await queries.ListRunsAsync(new RunFilter { ProjectId = NewId() }, limit: 1, CancellationToken.None)).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(() => queries.ListRunsAsync(new RunFilter(), limit: 1, CancellationToken.None));
    }
}
