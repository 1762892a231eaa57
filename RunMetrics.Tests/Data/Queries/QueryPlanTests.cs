using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

/// <summary>How the database runs the queries: it seeks what an index leads to, and does not sort what an index has in order.</summary>
public sealed class QueryPlanTests
{
    private static readonly RunFilter Bop = new() { ProjectId = "bop" };
    private static readonly DateTimeOffset Later = SampleFacts.Start.AddDays(1);

    private CommandWatcher _commands = null!;
    private SqliteTestDatabase _database = null!;

    private static IEnumerable<TestCaseData> QuestionsAboutAProject()
    {
        yield return Question("list", queries => queries.ListRunsAsync(Bop, null, 50, ProjectAccess.All, CancellationToken.None));
        yield return Question("list of a later page", queries =>
            queries.ListRunsAsync(Bop, new RunPosition(Later, "run-1"), 50, ProjectAccess.All, CancellationToken.None));
        yield return Question("list with filters", queries => queries.ListRunsAsync(Filtered(Bop), null, 50, ProjectAccess.All, CancellationToken.None));
        yield return Question("list of a limited caller", queries =>
            queries.ListRunsAsync(Bop, null, 50, ProjectAccess.Only(["bop", "other"]), CancellationToken.None));
        yield return Question("summary", queries => queries.SummarizeAsync("bop", 10, null, ProjectAccess.All, CancellationToken.None));
        yield return Question("summary as of", queries => queries.SummarizeAsync("bop", 10, Later, ProjectAccess.All, CancellationToken.None));
        yield return Question("statistics", queries => queries.ComputeStatisticsAsync(Bop, null, null, ProjectAccess.All, CancellationToken.None));
        yield return Question("statistics with filters", queries =>
            queries.ComputeStatisticsAsync(Filtered(Bop), null, null, ProjectAccess.All, CancellationToken.None));
        yield return Question("statistics by label", queries =>
            queries.ComputeStatisticsAsync(Bop, Later, "model", ProjectAccess.All, CancellationToken.None));
        yield return Question("statistics of a limited caller", queries =>
            queries.ComputeStatisticsAsync(new RunFilter(), null, null, ProjectAccess.Only(["bop", "other"]), CancellationToken.None));
    }

    private static IEnumerable<TestCaseData> QuestionsInTheOrderOfAnIndex()
    {
        yield return Question("list", queries => queries.ListRunsAsync(Bop, null, 50, ProjectAccess.All, CancellationToken.None), "idx_runs_project_started");
        yield return Question(
            "list with filters", queries => queries.ListRunsAsync(Filtered(Bop), null, 50, ProjectAccess.All, CancellationToken.None), "idx_runs_project_started");
        yield return Question(
            "list of all", queries => queries.ListRunsAsync(new RunFilter(), null, 50, ProjectAccess.All, CancellationToken.None), "idx_runs_started");
        yield return Question("projects", queries => queries.ListProjectsAsync(null, 50, ProjectAccess.All, CancellationToken.None), "idx_runs_project_started");
        yield return Question(
            "projects of a later page", queries => queries.ListProjectsAsync("bop", 50, ProjectAccess.All, CancellationToken.None), "idx_runs_project_started");
        yield return Question(
            "recent runs", queries => queries.SummarizeAsync("bop", 10, null, ProjectAccess.All, CancellationToken.None), "idx_runs_project_started");
        yield return Question("export", queries => ReadAsync(queries, new RunFilter(), ProjectAccess.All), "idx_runs_started");
        yield return Question("export of a project", queries => ReadAsync(queries, Bop, ProjectAccess.All), "idx_runs_project_started");
        yield return Question(
            "export of a limited caller", queries => ReadAsync(queries, new RunFilter(), ProjectAccess.Only(["bop", "other"])), "idx_runs_started");
        yield return Question(
            "recent runs of all", queries => queries.SummarizeAsync(null, 10, null, ProjectAccess.All, CancellationToken.None), "idx_runs_started");
    }

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        _commands = new CommandWatcher();
        _database = await SqliteTestDatabase.CreateAsync(_commands);
        await _database.Store.WriteAsync(
            [
                SampleFacts.Run() with { Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = "opus" } },
                SampleFacts.ClosedPhase(),
            ],
            CancellationToken.None);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCaseSource(nameof(QuestionsAboutAProject))]
    public async Task Questions_about_a_project_scan_no_table(Func<RunMetricsQueries, Task> ask)
    {
        await ask(_database.Queries);

        Plans().ShouldNotBeEmpty();
        Plans().SelectMany(ScansOfTables).ShouldBeEmpty();
    }

    [TestCaseSource(nameof(QuestionsInTheOrderOfAnIndex))]
    public async Task Questions_in_the_order_of_an_index_are_read_off_it_without_a_sort(Func<RunMetricsQueries, Task> ask, string index)
    {
        await ask(_database.Queries);

        var limited = _commands.Seen.Where(command => command.Text.Contains("LIMIT @", StringComparison.Ordinal)).ShouldHaveSingleItem();
        limited.Plan.ShouldContain(step => step.Contains(index, StringComparison.Ordinal));

        // The labels of each run are put in order by themselves, sixteen at most.
        limited.Plan.Where(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal) && !step.Contains("LAST TERM", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Test]
    public async Task Runs_with_a_label_are_found_by_it_where_no_project_is_named()
    {
        var filter = new RunFilter { Labels = [KeyValuePair.Create("model", "opus")] };

        await _database.Queries.ComputeStatisticsAsync(filter, null, null, ProjectAccess.All, CancellationToken.None);

        Plans().SelectMany(ScansOfTables).ShouldBeEmpty();
        Plans().ShouldAllBe(plan => plan.Any(step => step.Contains("idx_run_labels_name_value (name=? AND value=?", StringComparison.Ordinal)));
    }

    [TestCase(null)]
    [TestCase("bop")]
    public async Task Statistics_by_label_find_the_label_of_a_run_by_its_key(string? project)
    {
        await _database.Queries.ComputeStatisticsAsync(new RunFilter { ProjectId = project }, null, "model", ProjectAccess.All, CancellationToken.None);

        var grouped = Plans().Where(plan => plan.Any(step => step.Contains("LEFT-JOIN", StringComparison.Ordinal))).ToList();
        grouped.Count.ShouldBe(2);
        grouped.ShouldAllBe(plan => plan.Any(step => step.Contains("sqlite_autoindex_run_labels_1 (run_id=? AND name=?) LEFT-JOIN", StringComparison.Ordinal)));
    }

    [TestCase(null, "idx_runs_started (started_at")]
    [TestCase("bop", "idx_runs_project_started (project_id=? AND started_at")]
    public async Task Pruning_goes_along_an_index_from_page_to_page(string? project, string index)
    {
        await _database.Store.WriteAsync([.. Enumerable.Range(0, 150).Select(number => SampleFacts.EndedRun($"ended-{number}"))], CancellationToken.None);
        _commands.Seen.Clear();
        using var provider = _database.Location.CreateProvider();

        await new RunPruning(provider, _database.Contexts, Later, project).DeleteAsync(_database.Time, progress: null, CancellationToken.None);

        // A hundred, fifty and none.
        Plans().Count().ShouldBe(3);
        Plans().ShouldAllBe(plan => plan[0].Contains(index, StringComparison.Ordinal)
            && plan.Any(step => step.Contains("USING COVERING INDEX idx_run_phase_metrics_run (run_id=?)", StringComparison.Ordinal)));
        Plans().SelectMany(plan => plan).ShouldNotContain(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        Plans().SelectMany(ScansOfTables).ShouldBeEmpty();
    }

    /// <summary>The first part of an export; the next ones ask the same from a later key on.</summary>
    private static async Task ReadAsync(RunMetricsQueries queries, RunFilter filter, ProjectAccess access)
    {
        await using var facts = queries.ExportAsync(filter, access, CancellationToken.None).GetAsyncEnumerator();
        (await facts.MoveNextAsync()).ShouldBeTrue();
    }

    [TestCase(null)]
    [TestCase("bop")]
    public async Task Summary_of_a_whole_history_is_sought_in_the_tables_of_counts(string? project)
    {
        await _database.Queries.SummarizeAsync(project, 10, null, ProjectAccess.All, CancellationToken.None);

        Plans().SelectMany(plan => plan).ShouldNotContain(step => step.Contains("run_phase_metrics", StringComparison.Ordinal));
        Plans().SelectMany(ScansOfTables).ShouldAllBe(step => step.Contains("idx_runs_", StringComparison.Ordinal));
        Plans().SelectMany(plan => plan).ShouldContain(step => step.Contains("SEARCH phase_counts", StringComparison.Ordinal)
            || step.EndsWith("USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", StringComparison.Ordinal));
    }

    [TestCase(null)]
    [TestCase("bop")]
    public async Task Statistics_of_a_whole_history_are_sought_in_the_tables_of_counts(string? project)
    {
        await _database.Queries.ComputeStatisticsAsync(new RunFilter { ProjectId = project }, null, null, ProjectAccess.All, CancellationToken.None);

        Plans().SelectMany(plan => plan).ShouldNotContain(step => step.Contains("run_phase_metrics", StringComparison.Ordinal));
        Plans().SelectMany(ScansOfTables).ShouldBeEmpty();
        Plans().SelectMany(plan => plan).ShouldContain(step => step.EndsWith("USING PRIMARY KEY (series=? AND node=?)", StringComparison.Ordinal));
    }

    private static TestCaseData Question(string name, Func<RunMetricsQueries, Task> ask, params object[] more) =>
        new TestCaseData([ask, .. more]).SetArgDisplayNames(name);

    private static RunFilter Filtered(RunFilter filter) => filter with
    {
        WorkOrderId = "032",
        Status = RunStatus.Running,
        Since = SampleFacts.Start.AddDays(-1),
        Until = Later,
        Labels = [KeyValuePair.Create("model", "opus")],
    };

    /// <summary>The tables that a plan goes through from one end to the other. What the statement has selected itself is none.</summary>
    /// <summary>The changes that are not counted yet are so few that they are read whole; a list is no table.</summary>
    private static IEnumerable<string> ScansOfTables(IReadOnlyList<string> plan) => plan
        .Where(step => step.StartsWith("SCAN ", StringComparison.Ordinal) && step != "SCAN CONSTANT ROW")
        .Where(step => !step.StartsWith("SCAN uncounted_", StringComparison.Ordinal) && !step.Contains("VIRTUAL TABLE", StringComparison.Ordinal))
        .Where(step => !plan.Contains(step.Replace("SCAN ", "CO-ROUTINE ", StringComparison.Ordinal), StringComparer.Ordinal)
            && !plan.Contains(step.Replace("SCAN ", "MATERIALIZE ", StringComparison.Ordinal), StringComparer.Ordinal));

    private IEnumerable<IReadOnlyList<string>> Plans() => _commands.Seen.Select(command => command.Plan).Where(plan => plan.Count > 0);
}
