using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>Counts that a vandal has changed are named by the verification, and right again after a rebuild.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[NeedsPostgreSql]
public sealed class PostgreSqlCountMaintenanceTests
{
    private static readonly string[] Tables = ["run_figures", "run_counts", "phase_counts", "duration_counts"];

    private PostgreSqlTestDatabase _database = null!;

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        _database = await PostgreSqlTestDatabase.CreateAsync();
        await _database.Store.WriteAsync(
            [SampleFacts.Run("r1"), SampleFacts.ClosedPhase() with { Id = "m1", RunId = "r1", DurationSeconds = 5000 }, SampleFacts.Run("r2") with { ProjectId = "other" }],
            CancellationToken.None);
        _database.CountChanges();
        await _database.Store.WriteAsync([SampleFacts.EndedRun("r3"), SampleFacts.ClosedPhase() with { Id = "m3", RunId = "r3" }], CancellationToken.None);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCase("UPDATE run_figures SET total_seconds = 7 WHERE run_id = 'r1'", "stored (r1,", "run_figures_update")]
    [TestCase("UPDATE run_figures SET verdicts = 1 WHERE run_id = 'r1'", "counted (r1,", "run_figures_update")]
    [TestCase("DELETE FROM run_figures WHERE run_id = 'r2'", "counted (r2,", "run_figures_delete")]
    [TestCase("UPDATE run_counts SET runs = 3 WHERE project = 0", "counted (0,running,1,f,f,2)", null)]
    [TestCase("DELETE FROM run_counts WHERE project <> 0", "counted (", null)]
    [TestCase("UPDATE phase_counts SET total_seconds = 1", "stored (12,0,", null)]
    [TestCase("UPDATE phase_counts SET squares_32 = 1", "stored (12,0,", null)]
    [TestCase("INSERT INTO phase_counts VALUES (109, 0, 3, 0, 0, 0, 0, 3, 1, 1, 0, 0)", "stored (109,0,3", null)]
    [TestCase("UPDATE duration_counts SET durations = 2", "stored (12,", null)]
    [TestCase("INSERT INTO duration_counts VALUES (640000, 0, 1, 1)", "stored (640000,0,1,1)", null)]
    [TestCase("DELETE FROM uncounted_runs", "counted (0,succeeded,1,f,f,1)", null)]
    [TestCase("DELETE FROM uncounted_phases", "counted (", null)]
    [TestCase("ALTER TABLE runs DISABLE TRIGGER runs_delete", "it lacks the trigger runs_delete, or it is disabled", null)]
    [TestCase("DROP TRIGGER run_phase_metrics_update ON run_phase_metrics", "it lacks the trigger run_phase_metrics_update", null)]
    [TestCase(
        "CREATE OR REPLACE FUNCTION note_runs_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "the function note_runs_delete is not as this version makes it", null)]
    public async Task RebuildAsync_what_is_wrong_is_named_before_and_right_after(string vandalism, string problem, string? hidingTrigger)
    {
        _database.Rows(hidingTrigger is null
            ? vandalism
            : $"ALTER TABLE run_figures DISABLE TRIGGER {hidingTrigger}; {vandalism}; ALTER TABLE run_figures ENABLE TRIGGER {hidingTrigger}");

        var problems = await VerifyAsync();
        var done = await RebuildAsync();

        problems.ShouldContain(line => line.StartsWith(problem, StringComparison.Ordinal) && line.Contains("`runmetrics db rebuild`", StringComparison.Ordinal));
        done.ShouldBe(Tables.Select(table => $"{table}: {_database.Rows($"SELECT count(*) FROM {table}").Single()} rows counted anew"));
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task RebuildAsync_afterwards_nothing_waits_to_be_counted_and_counts_go_on()
    {
        await RebuildAsync();
        _database.Rows("SELECT * FROM uncounted_runs").ShouldBeEmpty();
        _database.Rows("SELECT * FROM uncounted_phases").ShouldBeEmpty();

        await _database.Store.WriteAsync([SampleFacts.Run("r4"), SampleFacts.ClosedPhase() with { Id = "m4", RunId = "r4" }], CancellationToken.None);

        (await VerifyAsync()).ShouldBeEmpty();
        _database.Rows("SELECT project_id, runs FROM project_counts ORDER BY 1").ShouldBe(["bop|3", "other|1"]);
    }

    [Test]
    public async Task RebuildAsync_while_it_counts_others_read()
    {
        // It waits for this row in the midst of its work.
        using var holder = Foreign.Open(_database.Target);
        Foreign.Rows(holder, "BEGIN; UPDATE duration_counts SET durations = durations");
        var rebuilding = Task.Run(RebuildAsync);
        await Eventually.TrueAsync(() => _database.Rows("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").Count > 0);

        var run = await _database.Queries.FindRunAsync("r1", ProjectAccess.All, CancellationToken.None);

        run.ShouldNotBeNull();
        rebuilding.IsCompleted.ShouldBeFalse();
        Foreign.Rows(holder, "ROLLBACK");
        await rebuilding;
    }

    [Test]
    public async Task RebuildAsync_cancelled_in_the_midst_changes_nothing()
    {
        _database.Rows("UPDATE run_counts SET runs = 70");
        using var holder = Foreign.Open(_database.Target);
        Foreign.Rows(holder, "BEGIN; UPDATE duration_counts SET durations = durations");
        using var cancellation = new CancellationTokenSource();
        var rebuilding = Task.Run(() => RunMetricsDatabase.RebuildAsync(_database.Location, progress: null, cancellation.Token));
        await Eventually.TrueAsync(() => _database.Rows("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").Count > 0);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => rebuilding);
        Foreign.Rows(holder, "ROLLBACK");
        _database.Rows("SELECT DISTINCT runs FROM run_counts").ShouldBe(["70"]);
        _database.Rows("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'").ShouldBe(["0"]);
    }

    [Test]
    public async Task VerifyAsync_more_differences_than_it_lists_names_a_hundred()
    {
        _database.Rows("INSERT INTO duration_counts SELECT 640000, 0, digit, 1 FROM generate_series(1, 300) AS digit");

        (await VerifyAsync()).Count.ShouldBe(100);
    }

    [Test]
    public async Task Maintenance_database_without_the_schema_is_refused_and_left_as_it_is([Values] bool verifies, [Values] bool isOfAnother)
    {
        var empty = await PostgreSqlTestDatabase.CreateEmptyAsync();
        Foreign.Rows(empty, isOfAnother ? "CREATE TABLE runs (id integer)" : "SELECT ''");
        var location = PostgreSqlLocation.Parse(empty, "test");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => verifies
            ? RunMetricsDatabase.VerifyAsync(location, progress: null, CancellationToken.None)
            : RunMetricsDatabase.RebuildAsync(location, progress: null, CancellationToken.None));

        exception.Message.ShouldContain(isOfAnother ? "another program made its runs" : "start this version of the API or of a runner on it first");
        Foreign.Rows(empty, "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace").ShouldBe(isOfAnother ? ["runs"] : []);
    }

    [TestCase("TRUNCATE run_phase_metrics")]
    [TestCase("TRUNCATE runs CASCADE")]
    [TestCase("TRUNCATE runs, run_labels, run_phase_metrics")]
    public async Task Truncate_rows_that_are_counted_is_refused(string sql)
    {
        Should.Throw<Npgsql.PostgresException>(() => _database.Rows(sql)).MessageText.ShouldContain("DELETE its rows");

        _database.Rows("SELECT count(*) FROM runs").ShouldBe(["3"]);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task Db_commands_say_what_is_wrong_mend_it_and_say_that_it_is_whole()
    {
        _database.Rows("UPDATE run_counts SET runs = 70 WHERE project = 0");
        var name = _database.Location.Name;

        var wrong = await RunnerCommand.RunAsync("db", "verify", "--database", _database.Target);
        var rebuilt = await RunnerCommand.RunAsync("db", "rebuild", "--database", _database.Target);
        var whole = await RunnerCommand.RunAsync("db", "verify", "--database", _database.Target);

        wrong.ExitCode.ShouldBe(ExitCodes.Failed, wrong.Errors);
        wrong.Output.ShouldContain("stored (0,running,1,f,f,70); `runmetrics db rebuild` counts anew");
        wrong.Errors.ShouldContain($"{name} is not whole: 2 problems;");
        rebuilt.ExitCode.ShouldBe(ExitCodes.Done, rebuilt.Errors);
        rebuilt.Output.Split('\n').Length.ShouldBe(Tables.Length);
        (whole.ExitCode, whole.Output).ShouldBe((ExitCodes.Done, $"{name} is whole"), whole.Errors);
    }

    [Test]
    public async Task Db_verify_database_that_is_not_there_is_refused_in_one_line()
    {
        var server = await PostgreSqlServer.GetSharedAsync();

        var refused = await RunnerCommand.RunAsync("db", "verify", "--database", server.ConnectionStringOf("not_there"));

        (refused.ExitCode, refused.Output).ShouldBe((ExitCodes.BadUsage, ""), refused.Errors);
        refused.Errors.ShouldContain("create it on the server");
        refused.Errors.ShouldNotContain("   at ");
    }

    private Task<IReadOnlyList<string>> VerifyAsync() => RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None);

    private Task<IReadOnlyList<string>> RebuildAsync() => RunMetricsDatabase.RebuildAsync(_database.Location, progress: null, CancellationToken.None);
}
