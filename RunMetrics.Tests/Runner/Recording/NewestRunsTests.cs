using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Recording;

/// <summary>Of 201 projects with a run each, each run started a second after the one before.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class NewestRunsTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero);

    [OneTimeSetUp]
    public Task RecordRunsAsync() => ImportAsync(
    [
        .. Enumerable.Range(0, 201).Select(number =>
            $$$"""{"run":{"id":"r-{{{number:000}}}","project_id":"p-{{{number:000}}}","work_order_id":"wo","status":"running","started_at":"{{{Start.AddSeconds(number):yyyy-MM-ddTHH:mm:ssZ}}}"}}"""),
    ]);

    [Test]
    public async Task FindAsync_asks_no_more_projects_than_the_newest_runs_have()
    {
        using var queries = HttpRunMetricsQueries.Create(Api.Address);

        var runs = await NewestRuns.FindAsync(queries, new RunFilter(), limit: 3, CancellationToken.None);

        runs.Items.Select(run => run.Id).ShouldBe(["r-200", "r-199", "r-198"]);
        runs.HasMore.ShouldBeTrue();
    }

    [Test]
    public async Task FindAsync_of_filters_that_would_ask_too_many_projects_is_refused()
    {
        using var queries = HttpRunMetricsQueries.Create(Api.Address);
        var failed = new RunFilter { Status = RunStatus.Failed };

        var refusal = await Should.ThrowAsync<RefusedException>(() => NewestRuns.FindAsync(queries, failed, limit: 1, CancellationToken.None));
        var ofFewer = await NewestRuns.FindAsync(queries, failed with { Since = Start.AddSeconds(1) }, limit: 1, CancellationToken.None);

        refusal.Message.ShouldBe("These are more than the 200 projects whose runs can be searched on a server; name one by --project.");
        ofFewer.Items.ShouldBeEmpty();
    }
}
