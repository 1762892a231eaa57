using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

/// <summary>Counts that a vandal has changed are named by the verification, and right again after a rebuild.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CountRebuildTests
{
    private static readonly string[] Tables = ["project_counts", "run_figures", "run_counts", "phase_counts", "duration_counts"];

    private SqliteTestDatabase _database = null!;

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        await _database.Store.WriteAsync(
            [
                SampleFacts.Run("r1"),
                SampleFacts.ClosedPhase() with { Id = "m1", RunId = "r1", DurationSeconds = 5000 },
                SampleFacts.Run("r2") with { ProjectId = "other" },
            ],
            CancellationToken.None);
        _database.Rows("INSERT INTO counting VALUES (NULL)");
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCase("UPDATE run_figures SET total_seconds = 7 WHERE run_id = 'r1'", "run_figures ('r1'): stored total_seconds=7, counted total_seconds=5000")]
    [TestCase(
        "DROP TRIGGER runs_delete; DELETE FROM runs WHERE id = 'r2'; CREATE TRIGGER runs_delete AFTER DELETE ON runs BEGIN DELETE FROM run_figures WHERE run_id = OLD.id; END",
        "run_figures ('r2'): stored project_id='other' status='running'")]
    [TestCase("UPDATE project_counts SET runs = 3 WHERE project_id = 'bop'", "project_counts ('bop'): stored runs=3, counted runs=1")]
    [TestCase("DELETE FROM run_counts WHERE project = 2", "run_counts ('other', 'running', 1, 0, 0): stored nothing, counted runs=1")]
    [TestCase("UPDATE phase_counts SET total_seconds = 1 WHERE series < 64", "phase_counts ('', 'builder', 1): stored total_seconds=1, counted total_seconds=5000")]
    [TestCase("INSERT INTO phase_counts VALUES (109, 0, 3, 0, 0, 0, 0, 3, 1, 1, 0, 0)", "phase_counts ('bop', 'merge', 1): stored open=0 success=3")]
    [TestCase("UPDATE duration_counts SET durations = 2 WHERE series < 64", "duration_counts ('', 'builder', 1, 2, 1): stored durations=2, counted durations=1")]
    [TestCase("INSERT INTO duration_counts VALUES (640000, 0, 1, 1)", "duration_counts ('unknown 10000', '', 0, 0, 1): stored durations=1, counted nothing")]
    [TestCase("DROP TRIGGER runs_delete", "lacks the trigger runs_delete")]
    [TestCase("DROP TRIGGER runs_delete; CREATE TRIGGER runs_delete AFTER DELETE ON runs BEGIN SELECT 1; END", "trigger runs_delete is not as this version makes it")]
    [TestCase("DROP TABLE phase_counts", "lacks the table phase_counts")]
    public async Task RebuildAsync_counts_that_are_wrong_are_named_before_and_right_after(string vandalism, string difference)
    {
        var before = Counts();
        SqliteTestDatabase.Rows(_database.FilePath, vandalism);

        var problems = await VerifyAsync();
        var done = await RebuildAsync();

        string.Join('\n', problems).ShouldContain(difference);
        done.Count.ShouldBe(Tables.Length);
        (await VerifyAsync()).ShouldBeEmpty();
        if (!vandalism.Contains("FROM runs", StringComparison.Ordinal))
        {
            Counts().ShouldBe(before);
        }
    }

    [Test]
    public async Task RebuildAsync_afterwards_counts_go_on()
    {
        await RebuildAsync();

        await _database.Store.WriteAsync([SampleFacts.Run("r3"), SampleFacts.ClosedPhase() with { Id = "m3", RunId = "r3" }], CancellationToken.None);

        (await VerifyAsync()).ShouldBeEmpty();
        _database.Rows("SELECT sum(runs) FROM project_counts").ShouldBe(["3"]);
    }

    [Test]
    public async Task VerifyAsync_more_differences_than_it_lists_names_the_first_hundred_of_all()
    {
        FilledDatabase.Fill(_database.FilePath, 300);
        SqliteTestDatabase.Rows(_database.FilePath, "UPDATE run_figures SET total_seconds = 4");

        (await VerifyAsync()).Count.ShouldBe(100);
    }

    [Test]
    public async Task RebuildAsync_cancelled_in_the_midst_changes_nothing()
    {
        SqliteTestDatabase.Rows(_database.FilePath, "UPDATE run_figures SET total_seconds = 4");
        var before = Counts();
        using var cancellation = new CancellationTokenSource();
        var progress = new Canceller(cancellation, "counting phase_counts anew");

        await Should.ThrowAsync<OperationCanceledException>(
            () => RunMetricsDatabase.RebuildAsync(SqliteLocation.ForFile(_database.FilePath), progress, cancellation.Token));

        Counts().ShouldBe(before);
    }

    [Test]
    public async Task RebuildAsync_missing_file_is_refused_and_not_made()
    {
        var file = $"{_database.FilePath}.missing";

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.RebuildAsync(SqliteLocation.ForFile(file), progress: null, CancellationToken.None));

        exception.Message.ShouldContain(file);
        File.Exists(file).ShouldBeFalse();
    }

    [Test]
    public async Task RebuildAsync_file_of_another_program_is_refused()
    {
        var file = $"{_database.FilePath}.other";
        SqliteTestDatabase.Rows(file, "CREATE TABLE runs (id INTEGER PRIMARY KEY)");

        await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.RebuildAsync(SqliteLocation.ForFile(file), progress: null, CancellationToken.None));

        SqliteTestDatabase.Rows(file, "SELECT name FROM sqlite_master").ShouldBe(["runs"]);
    }

    private IReadOnlyList<string> Counts() => [.. Tables.SelectMany(table => _database.Rows($"SELECT * FROM {table} ORDER BY 1, 2, 3"))];

    private Task<IReadOnlyList<string>> VerifyAsync() =>
        RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(_database.FilePath), progress: null, CancellationToken.None);

    private Task<IReadOnlyList<string>> RebuildAsync() =>
        RunMetricsDatabase.RebuildAsync(SqliteLocation.ForFile(_database.FilePath), progress: null, CancellationToken.None);

    private sealed class Canceller(CancellationTokenSource cancellation, string at) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value == at)
            {
                cancellation.Cancel();
            }
        }
    }
}
