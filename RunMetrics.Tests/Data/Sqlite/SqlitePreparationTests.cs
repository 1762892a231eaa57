using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Files;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqlitePreparationTests : IDisposable
{
    private const string History = """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1""";
    private const string Schema = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '__EFMigrations%' ORDER BY type, name";
    private const string LockOfTheDead =
        """CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-12 10:00:00')""";

    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public SqlitePreparationTests() => _file = _folder.File("runs.db");

    private string MigrationLockFile => $"{_file}.migration-lock";

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task PrepareAsync_missing_file_makes_it_with_every_migration_in_wal_mode()
    {
        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
        SqliteTestDatabase.Rows(_file, "PRAGMA journal_mode").ShouldBe(["wal"]);
    }

    [Test]
    public async Task PrepareAsync_file_of_the_first_version_keeps_its_rows()
    {
        await using (var context = new SqliteRunMetricsDbContext(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite($"Data Source={_file};Pooling=False").Options))
        {
            await context.Database.MigrateAsync(KnownMigrations()[0]);
        }

        SqliteTestDatabase.Rows(_file, "INSERT INTO runs VALUES ('r', 'bop', '032', 'running', 1, '2026-01-12T09:00:00.000Z', NULL)");
        SqliteTestDatabase.Rows(_file, "INSERT INTO run_phase_metrics VALUES ('m', 'r', 'setup', 1, '2026-01-12T09:00:00.000Z', NULL, NULL, NULL, NULL)");

        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
        SqliteTestDatabase.Rows(_file, "SELECT r.id, m.id FROM runs r JOIN run_phase_metrics m ON m.run_id = r.id").ShouldBe(["r|m"]);
    }

    [Test]
    public async Task PrepareAsync_file_filled_before_there_were_counts_counts_what_is_there()
    {
        await using (var context = new SqliteRunMetricsDbContext(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite($"Data Source={_file};Pooling=False").Options))
        {
            await context.Database.MigrateAsync(KnownMigrations().Single(name => name.EndsWith("_RunLabels", StringComparison.Ordinal)));
        }

        FilledDatabase.Fill(_file, 300);
        SqliteTestDatabase.Rows(_file, "PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE id > 'run-0000200'");

        await PrepareAsync();

        // 200 runs of 7 seconds; the phases of the others have no run.
        SqliteTestDatabase.Rows(_file, "SELECT project_id, runs FROM project_counts").ShouldBe(["acme|200"]);
        SqliteTestDatabase.Rows(_file, "SELECT project, runs FROM run_counts").ShouldBe(["0|200", "1|200"]);
        SqliteTestDatabase.Rows(_file, "SELECT durations, total_seconds, squares_0 FROM phase_counts").ShouldBe(Enumerable.Repeat("200|1400|9800", 4));
        SqliteTestDatabase.Rows(_file, "SELECT node, digit, durations FROM duration_counts").ShouldBe(Enumerable.Repeat("0|7|200", 4));
        var problems = await RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(_file), progress: null, CancellationToken.None);
        problems.ShouldAllBe(problem => problem.Contains("refers to a row of runs", StringComparison.Ordinal));
    }

    [Test]
    public async Task PrepareAsync_empty_file_is_taken_as_a_new_one()
    {
        await File.WriteAllBytesAsync(_file, []);

        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_prepared_file_leaves_it_as_it_is()
    {
        await PrepareAsync();
        var before = HashOf(_file);

        await PrepareAsync();

        HashOf(_file).ShouldBe(before);
    }

    [Test]
    public async Task PrepareAsync_file_in_another_journal_mode_is_put_into_wal_mode()
    {
        await PrepareAsync();
        SqliteTestDatabase.Rows(_file, "PRAGMA journal_mode = DELETE").ShouldBe(["delete"]);

        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, "PRAGMA journal_mode").ShouldBe(["wal"]);
    }

    [Test]
    public async Task PrepareAsync_other_tables_beside_ours_leaves_them_alone()
    {
        SqliteTestDatabase.Rows(_file, "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('keep')");

        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, "SELECT * FROM notes").ShouldBe(["keep"]);
        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task PrepareAsync_lock_that_a_dead_process_left_does_not_wait_for_it(bool migrated)
    {
        if (migrated)
        {
            await PrepareAsync();
        }

        SqliteTestDatabase.Rows(_file, LockOfTheDead);

        await PrepareAsync().WaitAsync(TimeSpan.FromSeconds(20));

        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_after_a_crash_in_rollback_mode_rolls_back_and_goes_on()
    {
        await PrepareAsync();
        SqliteTestDatabase.Rows(_file, "PRAGMA journal_mode = DELETE");
        FilledDatabase.Fill(_file, 600);

        // So small a cache lets pages of the open transaction reach the file.
        FilledDatabase.CrashAfter(_file, "PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE run_phase_metrics SET duration_seconds = 8", "-journal");

        await PrepareAsync();

        SqliteTestDatabase.Rows(_file, "SELECT DISTINCT duration_seconds FROM run_phase_metrics").ShouldBe(["7"]);
    }

    [Test]
    public async Task PrepareAsync_several_processes_on_one_missing_file_all_succeed_and_migrate_once()
    {
        var gate = _folder.File("gate");
        var children = Enumerable.Range(0, 4).Select(_ => ChildCommand.Start("prepare", _file, gate)).ToList();

        await Gate.OpenAsync(gate, children);
        foreach (var child in children)
        {
            (await child.WaitForExitAsync()).ShouldBe(0, child.Errors);
            child.Dispose();
        }

        SqliteTestDatabase.Rows(_file, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_migration_lock_held_for_two_minutes_is_refused()
    {
        using var held = FileLock.TryAcquire(MigrationLockFile);
        var time = new FakeTimeProvider();

        var preparing = FilledDatabase.PrepareAsync(_file, time);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return preparing.IsCompleted;
        });

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(() => preparing);
        exception.Message.ShouldContain(MigrationLockFile);
        exception.Message.ShouldContain("00:02:00");
        SqliteTestDatabase.Rows(_file, Schema).ShouldBeEmpty();
    }

    [Test]
    [Platform("Linux")]
    public async Task PrepareAsync_migration_lock_that_cannot_be_opened_is_refused_without_waiting()
    {
        // Nobody may write to a program that runs, which is an I/O error but no lock that somebody will release.
        File.Copy("/bin/sleep", MigrationLockFile);
        using var running = Process.Start(MigrationLockFile, "60");
        try
        {
            var exception = await Should.ThrowAsync<DatabaseRefusedException>(
                () => FilledDatabase.PrepareAsync(_file, new FakeTimeProvider()).WaitAsync(TimeSpan.FromSeconds(20)));

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
    public async Task PrepareAsync_after_a_process_was_killed_at_any_command_makes_the_whole_schema()
    {
        var whole = _folder.File("whole.db");
        await FilledDatabase.PrepareAsync(whole);
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

            await FilledDatabase.PrepareAsync(file).WaitAsync(TimeSpan.FromSeconds(20));

            SqliteTestDatabase.Rows(file, Schema).ShouldBe(SqliteTestDatabase.Rows(whole, Schema), $"after command {command}");
            SqliteTestDatabase.Rows(file, History).ShouldBe(KnownMigrations(), $"after command {command}");
        }

        // The lock, the history, two tables, three indexes and the row of the history at the least.
        killed.ShouldBeGreaterThan(7);
    }

    private static List<string> KnownMigrations()
    {
        using var context = new SqliteRunMetricsDbContext(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite().Options);
        return [.. context.Database.GetMigrations()];
    }

    private static string HashOf(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private Task PrepareAsync() => FilledDatabase.PrepareAsync(_file);

    private string FileOf(int command) => _folder.File($"killed-{command}.db");

    private async Task<bool> DiesAtAsync(int command)
    {
        using var child = ChildCommand.Start("prepare-and-die", FileOf(command), command.ToString(CultureInfo.InvariantCulture));
        var code = await child.WaitForExitAsync();
        (code is 0 or 137).ShouldBeTrue($"{code}: {child.Errors}");
        return code != 0;
    }
}
