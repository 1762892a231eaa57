using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Data;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Files;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;
using SQLitePCL;

namespace RunMetrics.Tests.Data.Startup;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunMetricsDatabaseTests : IDisposable
{
    private const string History = """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1""";
    private const string Schema = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '__EFMigrations%' ORDER BY type, name";
    private const string LockOfTheDead =
        """CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-12 10:00:00')""";

    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public RunMetricsDatabaseTests() => _file = _folder.File("runs.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task PrepareAsync_missingFile_makesItWithEveryMigrationInWalMode()
    {
        await PrepareAsync();

        TestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
        TestDatabase.Rows(_file, "PRAGMA journal_mode").ShouldBe(["wal"]);
    }

    [Test]
    public async Task PrepareAsync_emptyFile_isTakenAsANewOne()
    {
        await File.WriteAllBytesAsync(_file, []);

        await PrepareAsync();

        TestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_preparedFile_leavesItAsItIs()
    {
        await PrepareAsync();
        var before = HashOf(_file);

        await PrepareAsync();

        HashOf(_file).ShouldBe(before);
    }

    [Test]
    public async Task PrepareAsync_fileInAnotherJournalMode_isPutIntoWalMode()
    {
        await PrepareAsync();
        TestDatabase.Rows(_file, "PRAGMA journal_mode = DELETE").ShouldBe(["delete"]);

        await PrepareAsync();

        TestDatabase.Rows(_file, "PRAGMA journal_mode").ShouldBe(["wal"]);
    }

    [Test]
    public async Task PrepareAsync_otherTablesBesideOurs_leavesThemAlone()
    {
        TestDatabase.Rows(_file, "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('keep')");

        await PrepareAsync();

        TestDatabase.Rows(_file, "SELECT * FROM notes").ShouldBe(["keep"]);
        TestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task PrepareAsync_lockThatADeadProcessLeft_doesNotWaitForIt(bool migrated)
    {
        if (migrated)
        {
            await PrepareAsync();
        }

        TestDatabase.Rows(_file, LockOfTheDead);

        await PrepareAsync().WaitAsync(TimeSpan.FromSeconds(20));

        TestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_severalProcessesOnOneMissingFile_allSucceedAndMigrateOnce()
    {
        var gate = _folder.File("gate");
        var children = Enumerable.Range(0, 4).Select(_ => ChildCommand.Start("prepare", _file, gate)).ToList();

        await Gate.OpenAsync(gate, children);
        foreach (var child in children)
        {
            (await child.WaitForExitAsync()).ShouldBe(0, child.Errors);
            child.Dispose();
        }

        TestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_migrationLockHeldForTwoMinutes_isRefused()
    {
        using var held = FileLock.TryAcquire(MigrationLockFile);
        var time = new FakeTimeProvider();

        var preparing = PrepareAsync(_file, time);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return preparing.IsCompleted;
        });

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => preparing);
        exception.Message.ShouldContain(MigrationLockFile);
        exception.Message.ShouldContain("00:02:00");
        TestDatabase.Rows(_file, Schema).ShouldBeEmpty();
    }

    [Test]
    [Platform("Linux")]
    public async Task PrepareAsync_migrationLockThatCannotBeOpened_isRefusedWithoutWaiting()
    {
        // Nobody may write to a program that runs, which is an I/O error but no lock that somebody will release.
        File.Copy("/bin/sleep", MigrationLockFile);
        using var running = Process.Start(MigrationLockFile, "60");
        try
        {
            var exception = await Should.ThrowAsync<DatabaseRefusedException>(
                () => PrepareAsync(_file, new FakeTimeProvider()).WaitAsync(TimeSpan.FromSeconds(20)));

            exception.Message.ShouldContain(MigrationLockFile);
            exception.Message.ShouldNotContain("\n");
        }
        finally
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
    }

    [Test]
    public async Task PrepareAsync_afterAProcessWasKilledAtAnyCommand_makesTheWholeSchema()
    {
        var whole = _folder.File("whole.db");
        await PrepareAsync(whole);
        var killed = 0;
        bool allDied;
        do
        {
            var died = await Task.WhenAll(Enumerable.Range(killed + 1, 3).Select(DiesAtAsync));
            allDied = died.All(dead => dead);
            killed += died.Count(dead => dead);
        }
        while (allDied);

        for (var command = 1; command <= killed; command++)
        {
            var file = FileOf(command);

            await PrepareAsync(file).WaitAsync(TimeSpan.FromSeconds(20));

            TestDatabase.Rows(file, Schema).ShouldBe(TestDatabase.Rows(whole, Schema), $"after command {command}");
            TestDatabase.Rows(file, History).ShouldBe(KnownMigrations(), $"after command {command}");
        }

        // The lock, the history, two tables, three indexes and the row of the history at the least.
        killed.ShouldBeGreaterThan(7);
    }

    [TestCaseSource(nameof(UnusableFiles))]
    public async Task PrepareAsync_unusableFile_isRefusedInOneLineAndLeftAsItIs(Func<string, Task> spoil)
    {
        await spoil(_file);
        var before = HashOf(_file);

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain(_file);
        exception.Message.ShouldNotContain("\n");
        HashOf(_file).ShouldBe(before);
    }

    [Test]
    public async Task PrepareAsync_anyPageOfANewDatabaseOverwritten_isRefused()
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
    public async Task PrepareAsync_pageInTheMiddleOfManyOverwritten_isNotLookedAt()
    {
        await PrepareAsync();
        FilledDatabase.Fill(_file, 600);
        FilledDatabase.DamagePhaseOf(_file, 300);

        await Should.NotThrowAsync(() => PrepareAsync());
    }

    [Test]
    public async Task FindProblems_fiftyTimesTheRows_readsNoMorePagesThanItsDeeperTreesAsk()
    {
        var large = _folder.File("large.db");
        await PrepareAsync();
        await PrepareAsync(large);
        FilledDatabase.Fill(_file, 400);
        FilledDatabase.Fill(large, 20_000);

        var pages = await CountPagesReadAtStartAsync(_file);
        var pagesOfLarge = await CountPagesReadAtStartAsync(large);

        FilledDatabase.CountPages(large).ShouldBeGreaterThan(40 * FilledDatabase.CountPages(_file));
        pages.ShouldBeGreaterThan(10);
        pagesOfLarge.ShouldBeLessThan(2 * pages);
    }

    [Test]
    public async Task PrepareAsync_afterACrashInRollbackMode_rollsBackAndGoesOn()
    {
        await PrepareAsync();
        TestDatabase.Rows(_file, "PRAGMA journal_mode = DELETE");
        FilledDatabase.Fill(_file, 600);

        // So small a cache lets pages of the open transaction reach the file.
        FilledDatabase.CrashAfter(_file, "PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE run_phase_metrics SET duration_seconds = 8", "-journal");

        await PrepareAsync();

        TestDatabase.Rows(_file, "SELECT DISTINCT duration_seconds FROM run_phase_metrics").ShouldBe(["7"]);
    }

    [Test]
    public async Task PrepareAsync_refusedFileWithALogBesideIt_leavesTheLogOutOfTheFile()
    {
        await PrepareAsync();
        FilledDatabase.CrashAfter(_file, """INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_Later', '99.0.0')""", "-wal");
        var before = HashOf(_file);

        await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        HashOf(_file).ShouldBe(before);
        new FileInfo($"{_file}-wal").Length.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task PrepareAsync_readOnlyFile_isRefusedAndLeftAsItIs()
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
    public async Task PrepareAsync_folderInsteadOfAFile_isRefused()
    {
        Directory.CreateDirectory(_file);

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync());

        exception.Message.ShouldContain(_file);
        exception.Message.ShouldContain("folder");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBe([_file]);
    }

    [Test]
    public async Task PrepareAsync_missingFolder_isRefusedAndNotMade()
    {
        var file = Path.Combine(_folder.Path, "missing", "runs.db");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync(file));

        exception.Message.ShouldContain(file);
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task PrepareAsync_newerVersion_namesTheMigrationThatIsUnknown()
    {
        await PrepareAsync();
        TestDatabase.Rows(_file, """INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_Later', '99.0.0')""");

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
            TestDatabase.Rows(file, "CREATE TABLE runs (id INTEGER PRIMARY KEY, distance REAL); INSERT INTO runs VALUES (1, 42.195)");
            return Task.CompletedTask;
        });
        yield return Spoilt("view named as our table", file =>
        {
            TestDatabase.Rows(file, "CREATE VIEW run_phase_metrics AS SELECT 1");
            return Task.CompletedTask;
        });
        yield return Spoilt("tables of another program in another casing", file =>
        {
            TestDatabase.Rows(file, "CREATE TABLE Runs (Id INTEGER PRIMARY KEY)");
            return Task.CompletedTask;
        });
        yield return Spoilt("migrations of another program", file =>
        {
            TestDatabase.Rows(
                file,
                """CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT PRIMARY KEY, "ProductVersion" TEXT); INSERT INTO "__EFMigrationsHistory" VALUES ('20200101000000_Shop', '3.1.0')""");
            return Task.CompletedTask;
        });
    }

    private static async Task CutWithALogBesideItAsync(string file)
    {
        await PrepareAsync(file);
        FilledDatabase.Fill(file, 600);

        // The end of the file is no table of ours, which start would miss by itself.
        TestDatabase.Rows(file, "CREATE TABLE notes AS SELECT * FROM run_phase_metrics; PRAGMA wal_checkpoint(TRUNCATE)");
        FilledDatabase.CrashAfter(file, "DELETE FROM runs WHERE id = 'run-0000001'", "-wal");
        await using var stream = File.Open(file, FileMode.Open);
        stream.SetLength(stream.Length / 4 * 3);
    }

    private static async Task PrepareAndPatchAsync(string file, Action<FileStream> patch)
    {
        await PrepareAsync(file);
        await using var stream = File.Open(file, FileMode.Open);
        patch(stream);
    }

    private static async Task PrepareAndExecuteAsync(string file, string sql)
    {
        await PrepareAsync(file);
        TestDatabase.Rows(file, sql);
    }

    private static async Task<int> CountPagesReadAtStartAsync(string file)
    {
        await using var context = new RunMetricsDbContext(new DbContextOptionsBuilder<RunMetricsDbContext>().UseSqlite().Options);
        using var connection = DatabaseInspection.Open(DatabaseLocation.ForFile(file));
        DatabaseInspection.FindProblems(connection, context).ShouldBeEmpty();
        raw.sqlite3_db_status(connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_MISS, out var pages, out _, resetFlg: 0).ShouldBe(raw.SQLITE_OK);
        return pages;
    }

    private static async Task PrepareAsync(string file, TimeProvider? time = null)
    {
        await using var services = TestDatabase.Compose(file, time ?? TimeProvider.System);
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
    }

    private static List<string> KnownMigrations()
    {
        using var context = new RunMetricsDbContext(new DbContextOptionsBuilder<RunMetricsDbContext>().UseSqlite().Options);
        return [.. context.Database.GetMigrations()];
    }

    private static string HashOf(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private string MigrationLockFile => $"{_file}.migration-lock";

    private Task PrepareAsync() => PrepareAsync(_file);

    private string FileOf(int command) => _folder.File($"killed-{command}.db");

    private async Task<bool> DiesAtAsync(int command)
    {
        using var child = ChildCommand.Start("prepare-and-die", FileOf(command), command.ToString(CultureInfo.InvariantCulture));
        var code = await child.WaitForExitAsync();
        (code is 0 or 137).ShouldBeTrue($"{code}: {child.Errors}");
        return code != 0;
    }
}
