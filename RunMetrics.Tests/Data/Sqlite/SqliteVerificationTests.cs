using System.Security.Cryptography;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteVerificationTests
{
    private const int Runs = 600;

    private SqliteTestDatabase _database = null!;

    [SetUp]
    public async Task FillDatabase()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(_database.FilePath, Runs);
    }

    [TearDown]
    public async Task DeleteDatabase() => await _database.DisposeAsync();

    [Test]
    public async Task VerifyAsync_whole_database_finds_nothing_and_changes_nothing()
    {
        var before = Hash();

        (await VerifyAsync()).ShouldBeEmpty();

        Hash().ShouldBe(before);
    }

    [Test]
    public async Task VerifyAsync_while_another_program_writes_reads_what_is_committed()
    {
        using var writer = SqliteTestDatabase.OpenForeign(_database.FilePath);
        SqliteTestDatabase.Rows(writer, "BEGIN IMMEDIATE; DELETE FROM runs WHERE id LIKE '%5'");

        (await VerifyAsync()).ShouldBeEmpty();

        SqliteTestDatabase.Rows(writer, "COMMIT");
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task VerifyAsync_page_in_the_middle_overwritten_names_it()
    {
        FilledDatabase.DamagePhaseOf(_database.FilePath, Runs / 2);
        var before = Hash();

        (await VerifyAsync()).ShouldNotBeEmpty();

        Hash().ShouldBe(before);
    }

    [Test]
    public async Task VerifyAsync_index_that_lacks_rows_names_it()
    {
        SqliteTestDatabase.Rows(_database.FilePath, """
            CREATE TABLE kept AS SELECT * FROM sqlite_master WHERE name = 'idx_runs_started';
            PRAGMA writable_schema = ON;
            DELETE FROM sqlite_master WHERE name = 'idx_runs_started';
            """);
        SqliteTestDatabase.Rows(_database.FilePath, "UPDATE runs SET started_at = '2026-01-12T09:00:00.000Z' WHERE id = 'run-0000300'");
        SqliteTestDatabase.Rows(_database.FilePath, "PRAGMA writable_schema = ON; INSERT INTO sqlite_master SELECT * FROM kept");

        var problems = await VerifyAsync();

        problems.ShouldContain(problem => problem.Contains("idx_runs_started", StringComparison.Ordinal));
    }

    [Test]
    public async Task VerifyAsync_phases_without_their_runs_names_the_first_hundred()
    {
        SqliteTestDatabase.Rows(_database.FilePath, "PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE id > 'run-0000300'");

        var problems = await VerifyAsync();

        problems.Count.ShouldBe(100);
        problems[0].ShouldBe("row 301 of run_phase_metrics refers to a row of runs that is not there");
    }

    [TestCase("InitialSchema")]
    [TestCase("RunLabels")]
    [TestCase("AddCounts")]
    public async Task VerifyAsync_whole_file_of_an_older_version_finds_nothing(string migration)
    {
        var file = $"{_database.FilePath}.older";
        await FilledDatabase.MakeOlderAsync(file, migration);
        FilledDatabase.Fill(file, 3);

        (await RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(file), progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    [Test]
    public async Task VerifyAsync_missing_table_names_it()
    {
        SqliteTestDatabase.Rows(_database.FilePath, "DROP TABLE run_phase_metrics");

        (await VerifyAsync()).ShouldContain(problem => problem.Contains("lacks the table run_phase_metrics", StringComparison.Ordinal));
    }

    [Test]
    public async Task VerifyAsync_no_database_is_a_finding()
    {
        await File.WriteAllTextAsync(_database.FilePath, string.Concat(Enumerable.Repeat("This is no database.", 1000)));

        (await VerifyAsync()).ShouldHaveSingleItem().ShouldContain("not a SQLite database");
    }

    [Test]
    public async Task VerifyAsync_missing_file_is_refused_and_not_made()
    {
        var file = $"{_database.FilePath}.missing";

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(file), progress: null, CancellationToken.None));

        exception.Message.ShouldContain(file);
        File.Exists(file).ShouldBeFalse();
    }

    [Test]
    public async Task VerifyAsync_cancelled_in_the_midst_ends_and_has_kept_no_writer_waiting()
    {
        FilledDatabase.MakeVerificationEndless(_database.FilePath);
        using var cancellation = new CancellationTokenSource();

        var verifying = RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(_database.FilePath), progress: null, cancellation.Token);
        await Eventually.TrueAsync(() => File.Exists($"{_database.FilePath}-shm") || verifying.IsCompleted);
        SqliteTestDatabase.Rows(_database.FilePath, "DELETE FROM runs WHERE id = 'run-0000001'");
        verifying.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => verifying.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private Task<IReadOnlyList<string>> VerifyAsync() =>
        RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(_database.FilePath), progress: null, CancellationToken.None);

    private string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_database.FilePath)));
}
