using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;
using SQLitePCL;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteInspectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public SqliteInspectionTests() => _file = _folder.File("runs.db");

    public void Dispose() => _folder.Dispose();

    [TestCaseSource(nameof(UnusableFiles))]
    public async Task PrepareAsync_unusable_file_is_refused_in_one_line_and_left_as_it_is(Func<string, Task> spoil)
    {
        await spoil(_file);
        var before = HashOf(_file);

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain(_file);
        exception.Message.ShouldNotContain("\n");
        HashOf(_file).ShouldBe(before);
    }

    [Test]
    public async Task PrepareAsync_any_page_of_a_new_database_overwritten_is_refused()
    {
        await PrepareAsync();
        var content = await File.ReadAllBytesAsync(_file);

        for (var page = 0; page < FilledDatabase.CountPages(_file); page++)
        {
            await File.WriteAllBytesAsync(_file, content);
            FilledDatabase.DamagePage(_file, page);

            var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync(), $"page {page}");

            exception.Message.ShouldContain("damaged");
        }
    }

    [Test]
    public async Task PrepareAsync_page_in_the_middle_of_many_overwritten_is_not_looked_at()
    {
        await PrepareAsync();
        FilledDatabase.Fill(_file, 600);
        FilledDatabase.DamagePhaseOf(_file, 300);

        await Should.NotThrowAsync(() => PrepareAsync());
    }

    [Test]
    public async Task FindProblems_fifty_times_the_rows_reads_no_more_pages_than_its_deeper_trees_ask()
    {
        var large = _folder.File("large.db");
        await PrepareAsync();
        await FilledDatabase.PrepareAsync(large);
        FilledDatabase.Fill(_file, 400);
        FilledDatabase.Fill(large, 20_000);

        var pages = await CountPagesReadAtStartAsync(_file);
        var pagesOfLarge = await CountPagesReadAtStartAsync(large);

        FilledDatabase.CountPages(large).ShouldBeGreaterThan(30 * FilledDatabase.CountPages(_file));
        pages.ShouldBeGreaterThan(10);
        pagesOfLarge.ShouldBeLessThan(2 * pages);
    }

    [Test]
    public async Task PrepareAsync_refused_file_with_a_log_beside_it_leaves_the_log_out_of_the_file()
    {
        await PrepareAsync();
        FilledDatabase.CrashAfter(_file, """INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_Later', '99.0.0')""", "-wal");
        var before = HashOf(_file);

        await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        HashOf(_file).ShouldBe(before);
        new FileInfo($"{_file}-wal").Length.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task PrepareAsync_read_only_file_is_refused_and_left_as_it_is()
    {
        await PrepareAsync();
        var before = HashOf(_file);
        File.SetAttributes(_file, FileAttributes.ReadOnly);

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain(_file);
        exception.Message.ShouldContain("read-only");
        HashOf(_file).ShouldBe(before);
    }

    [Test]
    public async Task PrepareAsync_folder_instead_of_a_file_is_refused()
    {
        Directory.CreateDirectory(_file);

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain(_file);
        exception.Message.ShouldContain("folder");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBe([_file]);
    }

    [Test]
    public async Task PrepareAsync_missing_folder_is_refused_and_not_made()
    {
        var file = Path.Combine(_folder.Path, "missing", "runs.db");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => FilledDatabase.PrepareAsync(file));

        exception.Message.ShouldContain(file);
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task PrepareAsync_newer_version_names_the_migration_that_is_unknown()
    {
        await PrepareAsync();
        SqliteTestDatabase.Rows(_file, """INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_Later', '99.0.0')""");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain("20990101000000_Later");
        exception.Message.ShouldContain("update");
    }

    private static IEnumerable<TestCaseData> UnusableFiles()
    {
        TestCaseData Spoilt(string how, Func<string, Task> spoil) => new TestCaseData(spoil).SetArgDisplayNames(how);

        yield return Spoilt("text", file => File.WriteAllTextAsync(file, "This is no database.\n"));
        yield return Spoilt("garbage", file => File.WriteAllBytesAsync(file, [.. Enumerable.Range(0, 8192).Select(i => (byte)(i * 31))]));
        yield return Spoilt("header overwritten", file => PrepareAndPatchAsync(file, stream => stream.Write(new byte[100])));
        yield return Spoilt("cut to the header", file => PrepareAndPatchAsync(file, stream => stream.SetLength(100)));
        yield return Spoilt("cut in the middle", file => PrepareAndPatchAsync(file, stream => stream.SetLength(stream.Length / 2)));
        yield return Spoilt("cut with a log beside it", CutWithALogBesideItAsync);
        yield return Spoilt("without a table", file => PrepareAndExecuteAsync(file, "DROP TABLE run_phase_metrics"));
        yield return Spoilt("without a column", file => PrepareAndExecuteAsync(file, "ALTER TABLE runs RENAME COLUMN work_order_id TO wo_id"));
        yield return Spoilt("without an index", file => PrepareAndExecuteAsync(file, "DROP INDEX idx_runs_started"));
        yield return Spoilt("without a trigger", file => PrepareAndExecuteAsync(file, "DROP TRIGGER runs_delete"));
        yield return Spoilt("without a table of counts", file => PrepareAndExecuteAsync(file, "DROP TABLE replaced_runs"));
        yield return Spoilt("view instead of a table", file => PrepareAndExecuteAsync(
            file, "DROP TABLE run_phase_metrics; CREATE VIEW run_phase_metrics AS SELECT * FROM runs"));
        yield return Spoilt("history without names", file => PrepareAndExecuteAsync(
            file,
            """DROP TABLE "__EFMigrationsHistory"; CREATE TABLE "__EFMigrationsHistory" (MigrationId TEXT); INSERT INTO "__EFMigrationsHistory" VALUES (NULL)"""));
        yield return Spoilt("history of another shape", file => PrepareAndExecuteAsync(
            file, """DROP TABLE "__EFMigrationsHistory"; CREATE TABLE "__EFMigrationsHistory" (version TEXT)"""));
        yield return Spoilt("newer version", file => PrepareAndExecuteAsync(
            file, """INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_Later', '99.0.0')"""));
        yield return Spoilt("runs of another program", file =>
        {
            SqliteTestDatabase.Rows(file, "CREATE TABLE runs (id INTEGER PRIMARY KEY, distance REAL); INSERT INTO runs VALUES (1, 42.195)");
            return Task.CompletedTask;
        });
        yield return Spoilt("view named as our table", file =>
        {
            SqliteTestDatabase.Rows(file, "CREATE VIEW run_phase_metrics AS SELECT 1");
            return Task.CompletedTask;
        });
        yield return Spoilt("tables of another program in another casing", file =>
        {
            SqliteTestDatabase.Rows(file, "CREATE TABLE Runs (Id INTEGER PRIMARY KEY)");
            return Task.CompletedTask;
        });
        yield return Spoilt("migrations of another program", file =>
        {
            SqliteTestDatabase.Rows(
                file,
                """CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT PRIMARY KEY, "ProductVersion" TEXT); INSERT INTO "__EFMigrationsHistory" VALUES ('20200101000000_Shop', '3.1.0')""");
            return Task.CompletedTask;
        });
    }

    private static async Task CutWithALogBesideItAsync(string file)
    {
        await FilledDatabase.PrepareAsync(file);
        FilledDatabase.Fill(file, 600);

        // The end of the file is no table of ours, which start would miss by itself.
        SqliteTestDatabase.Rows(file, "CREATE TABLE notes AS SELECT * FROM run_phase_metrics; PRAGMA wal_checkpoint(TRUNCATE)");
        FilledDatabase.CrashAfter(file, "DELETE FROM runs WHERE id = 'run-0000001'", "-wal");
        await using var stream = File.Open(file, FileMode.Open);
        stream.SetLength(stream.Length / 4 * 3);
    }

    private static async Task PrepareAndPatchAsync(string file, Action<FileStream> patch)
    {
        await FilledDatabase.PrepareAsync(file);
        await using var stream = File.Open(file, FileMode.Open);
        patch(stream);
    }

    private static async Task PrepareAndExecuteAsync(string file, string sql)
    {
        await FilledDatabase.PrepareAsync(file);
        SqliteTestDatabase.Rows(file, sql);
    }

    private static async Task<int> CountPagesReadAtStartAsync(string file)
    {
        await using var context = new SqliteRunMetricsDbContext(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite().Options);
        using var connection = SqliteInspection.Open(SqliteLocation.ForFile(file));
        SqliteInspection.FindProblems(connection, context).ShouldBeEmpty();
        raw.sqlite3_db_status(connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_MISS, out var pages, out _, resetFlg: 0).ShouldBe(raw.SQLITE_OK);
        return pages;
    }

    private static string HashOf(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private Task PrepareAsync() => FilledDatabase.PrepareAsync(_file);
}
