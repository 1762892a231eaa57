using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Schema;

/// <summary>What programs that do not use the library write into the tables.</summary>
public sealed class ForeignRowsTests
{
    private const string Run = "'r', 'bop', '032', 'succeeded', 1, '2026-01-12T09:00:00.000Z', '2026-01-12T09:30:00.000Z'";
    private const string Metric =
        "'m', 'r', 'reviewer', 1, '2026-01-12T09:00:00.000Z', '2026-01-12T09:01:00.000Z', 60, 'approved', '{\"a\":1}'";

    private SqliteTestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await SqliteTestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCase("'r'", "''")]
    [TestCase("'r'", "NULL")]
    [TestCase("'r'", "x'72'")]
    [TestCase("'r'", "'a b'")]
    [TestCase("'r'", "'a/b'")]
    [TestCase("'r'", "'ä'")]
    [TestCase("'r'", "printf('%0129d', 0)")]
    [TestCase("'bop'", "''")]
    [TestCase("'bop'", "NULL")]
    [TestCase("'bop'", "'a b'")]
    [TestCase("'032'", "''")]
    [TestCase("'032'", "NULL")]
    [TestCase("'032'", "'a/b'")]
    [TestCase("'succeeded'", "'Succeeded'")]
    [TestCase("'succeeded'", "'done'")]
    [TestCase("'succeeded'", "1")]
    [TestCase("'succeeded'", "NULL")]
    [TestCase("'succeeded'", "'running'", Description = "It has ended.")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "NULL", Description = "It has not ended.")]
    [TestCase(" 1,", " 0,")]
    [TestCase(" 1,", " 1.5,")]
    [TestCase(" 1,", " 'one',")]
    [TestCase(" 1,", " 2147483648,")]
    [TestCase(" 1,", " NULL,")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "NULL")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12T09:00:00Z'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12T09:00:00.0000000Z'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12T09:00:00.000+00:00'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12 09:00:00.000'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-02-30T09:00:00.000Z'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'0000-01-12T09:00:00.000Z'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "1768208400")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'now'")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'2026-01-12T08:59:59.999Z'", Description = "It ends before it starts.")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'later'")]
    public void Insert_run_that_breaks_one_rule_is_refused(string part, string broken)
    {
        Run.ShouldContain(part);

        Should.Throw<SqliteException>(() => Insert("runs", Run.Replace(part, broken, StringComparison.Ordinal)))
            .SqliteErrorCode.ShouldBe(19);
        _database.Dump().ShouldBeEmpty();
    }

    [TestCase("'m'", "''")]
    [TestCase("'m'", "NULL")]
    [TestCase("'m'", "'a b'")]
    [TestCase("'r'", "'nobody'")]
    [TestCase("'r'", "NULL")]
    [TestCase("'reviewer'", "'review'")]
    [TestCase("'reviewer'", "'Reviewer'")]
    [TestCase("'reviewer'", "3")]
    [TestCase("'reviewer'", "NULL")]
    [TestCase("'reviewer'", "'merge'", Description = "The verdict is the reviewer's.")]
    [TestCase(" 1,", " 0,")]
    [TestCase(" 1,", " 'one',")]
    [TestCase(" 1,", " NULL,")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "NULL")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12T09:00:00Z'")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "'2026-01-12T08:59:59.999Z'")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "'2026-01-12T09:01:00Z'")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "NULL", Description = "A duration without an end.")]
    [TestCase(" 60,", " NULL,", Description = "An end without a duration.")]
    [TestCase(" 60,", " -1,")]
    [TestCase(" 60,", " 60.5,")]
    [TestCase(" 60,", " 'long',")]
    [TestCase(" 60,", " 2147483648,")]
    [TestCase("'approved'", "NULL", Description = "It has ended.")]
    [TestCase("'approved'", "'done'")]
    [TestCase("'approved'", "'Approved'")]
    [TestCase("'{\"a\":1}'", "'[]'")]
    [TestCase("'{\"a\":1}'", "'null'")]
    [TestCase("'{\"a\":1}'", "'{\"a\":'")]
    [TestCase("'{\"a\":1}'", "'{a:1}'")]
    [TestCase("'{\"a\":1}'", "''")]
    [TestCase("'{\"a\":1}'", "1")]
    [TestCase("'{\"a\":1}'", "json_object('a', printf('%016377d', 0))", Description = "16385 bytes.")]
    public void Insert_metric_that_breaks_one_rule_is_refused(string part, string broken)
    {
        Insert("runs", Run);
        Metric.ShouldContain(part);

        Should.Throw<SqliteException>(() => Insert("run_phase_metrics", Metric.Replace(part, broken, StringComparison.Ordinal)))
            .SqliteErrorCode.ShouldBe(19);
        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["0"]);
    }

    [TestCase("'2026-01-12T09:01:00.000Z', 60,", "NULL, NULL,", Description = "Its end is unknown.")]
    [TestCase("'2026-01-12T09:01:00.000Z', 60, 'approved'", "NULL, NULL, NULL", Description = "It is open.")]
    [TestCase("'{\"a\":1}'", "NULL")]
    [TestCase("'{\"a\":1}'", "'{}'")]
    [TestCase("'{\"a\":1}'", "json_object('a', printf('%016376d', 0))", Description = "16384 bytes.")]
    [TestCase("'m'", "printf('%0128d', 0)")]
    public void Insert_metric_just_within_the_rules_is_taken(string part, string other)
    {
        Insert("runs", Run);
        Metric.ShouldContain(part);

        Insert("run_phase_metrics", Metric.Replace(part, other, StringComparison.Ordinal));

        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["1"]);
    }

    [TestCase("'r'", "'nobody'")]
    [TestCase("'model'", "''")]
    [TestCase("'model'", "NULL")]
    [TestCase("'model'", "'my model'")]
    [TestCase("'model'", "printf('%0129d', 0)")]
    [TestCase("'opus'", "''")]
    [TestCase("'opus'", "NULL")]
    [TestCase("'opus'", "x'6F'")]
    [TestCase("'opus'", "'a' || char(0)")]
    [TestCase("'opus'", "printf('%0129d', 0)")]
    public void Insert_label_that_breaks_one_rule_is_refused(string part, string broken)
    {
        const string Label = "'r', 'model', 'opus'";
        Insert("runs", Run);
        Insert("run_labels", Label.Replace("'opus'", "printf('%0128d', 0)", StringComparison.Ordinal).Replace("model", "another", StringComparison.Ordinal));

        Should.Throw<SqliteException>(() => Insert("run_labels", Label.Replace(part, broken, StringComparison.Ordinal))).SqliteErrorCode.ShouldBe(19);
        _database.Rows("SELECT name FROM run_labels").ShouldBe(["another"]);
    }

    [Test]
    public async Task Queries_rows_of_another_writer_are_read_sorted_and_counted_with_ours()
    {
        const string ForeignRun = "0193b8c0-0d5c-7c3e-9a55-3f2f8f6f0a11";
        const string ForeignMetric = "6fa459ea-ee8a-3ca4-894e-db77e160355e";
        await _database.Service.RecordAsync(SampleFacts.EndedRun("ours-1") with { WorkOrderId = "first" }, CancellationToken.None);
        await _database.Service.RecordAsync(SampleFacts.ClosedPhase("a", "ours-1"), CancellationToken.None);
        Insert("runs", $"'{ForeignRun}', 'bop', 'second', 'running', 2, '2026-01-12T09:00:00.001Z', NULL");
        Insert(
            "run_phase_metrics",
            $$"""'{{ForeignMetric}}', '{{ForeignRun}}', 'builder', 2, '2026-01-12T09:00:00.005Z', '2026-01-12T09:00:30.005Z', 30, 'success', '{ "n" : 1 }'""");
        await _database.Service.RecordAsync(
            SampleFacts.Run("ours-2") with { WorkOrderId = "third", StartedAt = SampleFacts.Start.AddMilliseconds(2) }, CancellationToken.None);
        await _database.Service.RecordAsync(
            SampleFacts.ClosedPhase("b", ForeignRun) with { StartedAt = SampleFacts.Start.AddMilliseconds(4) }, CancellationToken.None);

        var summary = (await _database.Queries.SummarizeAsync("bop", 10, asOf: null, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
        var run = (await _database.Queries.FindRunAsync(ForeignRun, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
        var metrics = (await _database.Queries.ListPhaseMetricsAsync(ForeignRun, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();

        summary.RecentRuns.Select(recent => (recent.WoId, recent.TotalSeconds)).ShouldBe([("third", 0), ("second", 120), ("first", 90)]);
        summary.AvgBuilderSeconds.ShouldBe(70);
        (run.Status, run.Iteration, run.StartedAt).ShouldBe((RunStatus.Running, 2, SampleFacts.Start.AddMilliseconds(1)));
        metrics.Select(metric => metric.Id).ShouldBe(["b", ForeignMetric]);
        metrics[1].Metadata.ShouldNotBeNull().GetProperty("n").GetInt32().ShouldBe(1);
    }

    [TestCase("""{"a":"\ud800"}""")]
    [TestCase("""{"\ud800":1}""")]
    [TestCase("""{"a":1,"a":2}""")]
    [TestCase("""{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""")]
    public async Task ImportAsync_onto_metadata_that_the_rules_refuse_keeps_it_and_closes_the_phase_all_the_same(string metadata)
    {
        Insert("runs", "'run-1', 'bop', '032', 'running', 1, '2026-01-12T09:00:00.000Z', NULL");
        Insert("run_phase_metrics", $"'metric-1', 'run-1', 'builder', 1, '2026-01-12T09:00:00.000Z', NULL, NULL, NULL, '{metadata}'");
        var other = SampleFacts.Json("""{"b":1}""");
        PhaseMetricFact[] facts =
        [
            SampleFacts.OpenPhase(),
            SampleFacts.OpenPhase() with { Metadata = other },
            SampleFacts.ClosedPhase() with { Metadata = other },
            SampleFacts.ClosedPhase(),
            SampleFacts.ClosedPhase(),
            SampleFacts.ClosedPhase() with { Metadata = other },
        ];

        var results = await _database.Service.ImportAsync([.. facts.Select(SampleFacts.Read)], CancellationToken.None);

        results.Select(result => result.Disposition).ShouldBe(
        [
            FactDisposition.Unchanged,
            FactDisposition.Rejected,
            FactDisposition.Rejected,
            FactDisposition.Updated,
            FactDisposition.Unchanged,
            FactDisposition.Rejected,
        ]);
        _database.Rows("SELECT metadata, outcome FROM run_phase_metrics").ShouldBe([$"{metadata}|success"]);
    }

    private void Insert(string table, string values) => _database.Rows($"INSERT INTO {table} VALUES ({values})");
}
