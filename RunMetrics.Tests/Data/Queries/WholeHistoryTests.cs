using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

/// <summary>
/// Answers about whole histories come from tables of counts and from the changes that are not counted yet. A window that all runs lie in has the rows
/// themselves counted: both are to say the same.
/// </summary>
[OnBothDatabases]
public sealed class WholeHistoryTests(DatabaseKind kind)
{
    private static readonly RunFilter AnyTime = new() { Since = DateTimeOffset.MinValue };

    private static readonly Gen<(RunFact Run, PhaseMetricFact[] Phases)> Runs =
        from project in Gen.OneOf("a", "b")
        from status in Gen.OneOf("running", "succeeded", "failed", "cancelled")
        from phases in Phases.Array[0, 12]
        select (
            SampleFacts.Run() with { Id = null, ProjectId = project, Status = status, EndedAt = status == "running" ? null : SampleFacts.Start.AddDays(1) },
            phases);

    private TestDatabase _database = null!;

    private static Gen<PhaseMetricFact> Phases =>
        from phase in Gen.OneOf("setup", "builder", "test", "reviewer", "merge")
        from iteration in Gen.Frequency((6, Gen.Int[1, 2]), (1, Gen.Int[3, 13]))
        from outcome in Gen.OneOf(null, "success", "failed", "skipped")
        from isVerdict in Gen.Bool
        from isKnown in Gen.Frequency((5, true), (1, false))
        from seconds in RandomHistories.DurationSeconds
        select new PhaseMetricFact
        {
            Phase = phase,
            Iteration = iteration,
            StartedAt = SampleFacts.Start,
            EndedAt = outcome is not null && isKnown ? SampleFacts.Start.AddMinutes(1) : null,
            DurationSeconds = outcome is not null && isKnown ? seconds : null,
            Outcome = phase == "reviewer" && isVerdict ? outcome switch { "success" => "approved", "failed" => "changes_requested", _ => outcome } : outcome,
        };

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public Task Any_history_counted_in_part_has_the_figures_of_its_rows() => Gen.Select(Runs.Array[0, 20], Gen.Int[0, 20], Gen.Int[0, 5]).SampleAsync(
        async (history, counted, deleted) =>
        {
            _database.Clear();
            await WriteAsync(history.Take(counted), "counted");
            _database.CountChanges();
            await WriteAsync(history.Skip(counted), "noted");
            _database.Rows(FormattableString.Invariant($"DELETE FROM runs WHERE id IN (SELECT id FROM runs ORDER BY id LIMIT {deleted})"));

            await ShouldAgreeAsync(null, "a", "b");
        },
        iter: Samples.Of(30),
        threads: 1);

    [Test]
    public async Task Long_history_is_counted_while_it_is_written()
    {
        const int Rows = 3 * HistogramSchema.MaxUncountedPhases;
        await _database.Store.WriteAsync([SampleFacts.Run("r")], CancellationToken.None);
        _database.Rows($"""
            INSERT INTO run_phase_metrics (id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome)
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {FormattableString.Invariant($"{Rows}")})
            SELECT 'm' || n, 'r', 'builder', 1 + n % 3, '2026-01-12T09:00:00.000Z', '2026-01-12T10:00:00.000Z', n * 37 % 9001, 'success' FROM n
            """);
        _database.Rows("UPDATE runs SET iteration = 3");
        _database.Rows($"""
            INSERT INTO runs (id, project_id, work_order_id, status, iteration, started_at, ended_at)
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {FormattableString.Invariant($"{3 * HistogramSchema.MaxUncountedRuns}")})
            SELECT 'run-' || n, 'p' || (n % 5), 'wo', 'succeeded', 1, '2026-01-12T09:00:00.000Z', '2026-01-12T10:00:00.000Z' FROM n
            """);

        _database.Rows("SELECT count(*) < 2048 FROM uncounted_phases").ShouldBe(["1"]);
        _database.Rows("SELECT count(*) < 512 FROM uncounted_runs").ShouldBe(["1"]);
        await ShouldAgreeAsync(null, "bop", "p0", "p4");
    }

    [Test]
    public async Task Project_whose_runs_are_all_deleted_is_unknown_and_forgotten()
    {
        await WriteAsync([(SampleFacts.Run() with { ProjectId = "gone" }, [SampleFacts.ClosedPhase()])], "r");
        _database.CountChanges();
        _database.Clear();

        (await _database.Queries.SummarizeAsync("gone", 10, null, ProjectAccess.All, CancellationToken.None)).ShouldBeNull();
        (await _database.Queries.ComputeStatisticsAsync(new RunFilter { ProjectId = "gone" }, null, null, ProjectAccess.All, CancellationToken.None)).ShouldBeNull();
        (await _database.Queries.ListProjectsAsync(null, 10, ProjectAccess.All, CancellationToken.None)).Items.ShouldBeEmpty();

        _database.CountChanges();

        _database.Rows("SELECT * FROM project_counts WHERE runs <> 0").ShouldBeEmpty();
        _database.Rows("SELECT count(*) FROM duration_counts").ShouldBe(["0"]);
    }

    private async Task ShouldAgreeAsync(params string?[] projects)
    {
        foreach (var project in projects)
        {
            var fromCounts = await _database.Queries.ComputeStatisticsAsync(
                new RunFilter { ProjectId = project }, null, null, ProjectAccess.All, CancellationToken.None);
            var fromRows = await _database.Queries.ComputeStatisticsAsync(
                AnyTime with { ProjectId = project }, null, null, ProjectAccess.All, CancellationToken.None);
            var summary = await _database.Queries.SummarizeAsync(project, 10, null, ProjectAccess.All, CancellationToken.None);
            var summaryOfRows = await _database.Queries.SummarizeAsync(project, 10, DateTimeOffset.MaxValue, ProjectAccess.All, CancellationToken.None);

            Json(fromCounts).ShouldBe(Json(fromRows is null ? null : fromRows with { WindowStart = null }));
            Json(summary).ShouldBe(Json(summaryOfRows));
        }
    }

    private async Task WriteAsync(IEnumerable<(RunFact Run, PhaseMetricFact[] Phases)> history, string prefix)
    {
        foreach (var ((run, phases), number) in history.Select((run, number) => (run, number)))
        {
            var id = FormattableString.Invariant($"{prefix}-{number}");
            await _database.Store.WriteAsync(
                [
                    run with { Id = id },
                    .. phases.Select((phase, i) => phase with { Id = FormattableString.Invariant($"{id}-{i}"), RunId = id }),
                ],
                CancellationToken.None);
        }
    }

    private static string Json(object? value) => JsonSerializer.Serialize(value);
}
