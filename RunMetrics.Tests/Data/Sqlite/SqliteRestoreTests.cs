using System.Security.Cryptography;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteRestoreTests : IDisposable
{
    private const int RunsOfBackup = 400;
    private const int RunsOfDatabase = 900;

    private readonly TemporaryFolder _folder = new();
    private IReadOnlyList<string> _content = null!;

    private string Database => _folder.File("runs.db");

    private string Backup => _folder.File("backup.db");

    [SetUp]
    public async Task MakeBackupAsync()
    {
        var original = _folder.File("original.db");
        await SqliteTestDatabase.WriteEmptyAsync(original);
        FilledDatabase.Fill(original, RunsOfBackup);
        (await RunMetricsDatabase.BackupAsync(SqliteLocation.ForFile(original), Backup, progress: null, CancellationToken.None)).Problems.ShouldBeEmpty();
        _content = SqliteTestDatabase.Dump(original);
        File.Delete(original);
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Restore_into_a_database_that_is_there_replaces_its_content()
    {
        await FillDatabaseAsync();
        var before = Hash(Backup);

        using (var restore = await BeginAsync())
        {
            restore.Problems.ShouldBeEmpty();
            (restore.Replaced!.Database, restore.Replaced.Runs, restore.Replaced.PhaseMetrics).ShouldBe((Database, RunsOfDatabase, RunsOfDatabase));
            (restore.Backup!.Database, restore.Backup.Runs, restore.Backup.PhaseMetrics).ShouldBe((Backup, RunsOfBackup, RunsOfBackup));
            restore.DamagedFile.ShouldBeNull();
            await restore.ApplyAsync(progress: null, CancellationToken.None);
        }

        await ShouldHoldBackupAsync();
        Hash(Backup).ShouldBe(before);
        SqliteTestDatabase.Rows(Database, "PRAGMA journal_mode").ShouldBe(["wal"]);
    }

    [Test]
    public async Task Restore_replaces_what_a_killed_program_left_in_the_log_too()
    {
        await FillDatabaseAsync();
        FilledDatabase.CrashAfter(Database, "DELETE FROM runs WHERE id < 'run-0000100'", "-wal");

        await RestoreAsync();

        await ShouldHoldBackupAsync();
    }

    [Test]
    public async Task Restore_where_there_is_no_database_makes_one()
    {
        await RestoreAsync();

        await ShouldHoldBackupAsync();
        Directory.EnumerateFiles(_folder.Path).ShouldBe([Backup, Database], ignoreOrder: true);
    }

    [Test]
    public async Task Restore_log_of_a_database_that_is_no_more_is_moved_away()
    {
        await FillDatabaseAsync();
        FilledDatabase.CrashAfter(Database, "DELETE FROM runs WHERE id < 'run-0000100'", "-wal");
        var log = Hash($"{Database}-wal");
        File.Delete(Database);

        (await RestoreAsync()).ShouldBe($"{Database}.damaged-1");

        Hash($"{Database}.damaged-1-wal").ShouldBe(log);
        await ShouldHoldBackupAsync();
    }

    [TestCase("text")]
    [TestCase("cut")]
    [TestCase("page")]
    [TestCase("empty schema")]
    public async Task Restore_over_a_damaged_database_keeps_that_under_another_name(string damage)
    {
        await FillDatabaseAsync();
        Damage(damage);
        var damaged = Hash(Database);
        await File.WriteAllTextAsync($"{Database}.damaged-1", "of an earlier time");

        (await RestoreAsync()).ShouldBe($"{Database}.damaged-2");

        Hash($"{Database}.damaged-2").ShouldBe(damaged);
        (await File.ReadAllTextAsync($"{Database}.damaged-1")).ShouldBe("of an earlier time");
        await ShouldHoldBackupAsync();
    }

    [Test]
    public async Task Restore_database_in_use_is_refused_and_stays()
    {
        await FillDatabaseAsync();
        var before = SqliteTestDatabase.Dump(Database);
        using var user = SqliteTestDatabase.OpenForeign(Database);
        SqliteTestDatabase.Rows(user, "SELECT count(*) FROM runs");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(BeginAsync);

        exception.Message.ShouldBe($"The database {Database} is refused: it is in use; stop the programs that use it and restore again.");
        SqliteTestDatabase.Dump(Database).ShouldBe(before);
    }

    [Test]
    public async Task Restore_until_it_is_decided_nobody_else_uses_the_database_and_then_they_do()
    {
        await FillDatabaseAsync();
        var before = SqliteTestDatabase.Dump(Database);

        using (await BeginAsync())
        {
            using var other = SqliteTestDatabase.OpenForeign(Database);
            other.DefaultTimeout = 1;
            Should.Throw<Microsoft.Data.Sqlite.SqliteException>(() => SqliteTestDatabase.Rows(other, "SELECT count(*) FROM runs"));
        }

        SqliteTestDatabase.Dump(Database).ShouldBe(before);
    }

    [TestCase("copying, ", false)]
    [TestCase("checking references", true)]
    public async Task Restore_cancelled_has_the_one_content_or_the_other(string at, bool isRestored)
    {
        await FillDatabaseAsync();
        FilledDatabase.MakeLarge(Backup);
        var before = SqliteTestDatabase.Dump(Database);
        using var cancellation = new CancellationTokenSource();
        var steps = new Steps(step =>
        {
            if (step.StartsWith(at, StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        });

        using (var restore = await BeginAsync())
        {
            await Should.ThrowAsync<OperationCanceledException>(() => restore.ApplyAsync(steps, cancellation.Token));
        }

        SqliteTestDatabase.Dump(Database).ShouldBe(isRestored ? _content : before);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task Restore_damaged_backup_lists_the_problems_and_touches_nothing()
    {
        await FillDatabaseAsync();
        FilledDatabase.DamagePhaseOf(Backup, RunsOfBackup / 2);
        var before = (Hash(Backup), Hash(Database));

        using (var restore = await BeginAsync())
        {
            restore.Problems.ShouldNotBeEmpty();
            restore.Backup.ShouldBeNull();
        }

        (Hash(Backup), Hash(Database)).ShouldBe(before);
    }

    [TestCase("DROP TABLE __EFMigrationsHistory; DROP TABLE run_phase_metrics; DROP TABLE run_labels; DROP TABLE runs", "")]
    [TestCase("INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_Newer', '99')", "a newer version of RunMetrics wrote it")]
    [TestCase("DROP TABLE __EFMigrationsHistory", "another program made its table")]
    public async Task Restore_backup_of_others_is_refused(string sql, string reason)
    {
        SqliteTestDatabase.Rows(Backup, $"PRAGMA foreign_keys = OFF; {sql}");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(BeginAsync);

        exception.Message.ShouldStartWith($"The database {Backup} is refused: ");
        exception.Message.ShouldContain(reason);
        File.Exists(Database).ShouldBeFalse();
    }

    [Test]
    public async Task Restore_backup_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(Backup, new string('x', 10_000));

        (await Should.ThrowAsync<DatabaseRefusedException>(BeginAsync)).Message.ShouldContain("not a SQLite database");
    }

    [Test]
    public async Task Restore_missing_backup_or_the_database_itself_is_refused()
    {
        await FillDatabaseAsync();

        (await Should.ThrowAsync<DatabaseRefusedException>(() => BeginAsync(_folder.File("missing.db")))).Message.ShouldContain("there is no such file");
        (await Should.ThrowAsync<DatabaseRefusedException>(() => BeginAsync(Database))).Message.ShouldContain("it is the backup itself");
    }

    [Test]
    public async Task Restore_over_a_database_of_another_program_is_refused()
    {
        SqliteTestDatabase.Rows(Database, "CREATE TABLE runs (id INTEGER); INSERT INTO runs VALUES (7)");

        (await Should.ThrowAsync<DatabaseRefusedException>(BeginAsync)).Message.ShouldContain("another program made its table runs");

        SqliteTestDatabase.Rows(Database, "SELECT id FROM runs").ShouldBe(["7"]);
    }

    [Test]
    public async Task Restore_over_pages_of_another_size_is_refused()
    {
        SqliteTestDatabase.Rows(Database, "PRAGMA page_size = 8192; CREATE TABLE songs (id INTEGER)");

        (await Should.ThrowAsync<DatabaseRefusedException>(BeginAsync)).Message.ShouldContain("its pages are of another size");
    }

    [Test]
    public async Task Restore_backup_of_an_older_version_is_brought_to_this_one_by_the_next_start()
    {
        File.Delete(Backup);
        await FilledDatabase.MakeOlderAsync(Backup, "RunLabels");
        FilledDatabase.Fill(Backup, 5);
        await FillDatabaseAsync();

        using (var restore = await BeginAsync())
        {
            restore.Problems.ShouldBeEmpty();
            restore.Backup!.PendingMigrations.ShouldBe(2);
            await restore.ApplyAsync(progress: null, CancellationToken.None);
        }

        await FilledDatabase.PrepareAsync(Database);
        (await VerifyAsync()).ShouldBeEmpty();
        SqliteTestDatabase.Rows(Database, "SELECT runs FROM project_counts").ShouldBe(["5"]);
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private void Damage(string damage)
    {
        switch (damage)
        {
            case "text":
                File.WriteAllText(Database, new string('x', 10_000));
                break;
            case "cut":
                using (var stream = File.OpenWrite(Database))
                {
                    stream.SetLength(stream.Length / 2);
                }

                break;
            case "page":
                FilledDatabase.DamagePage(Database, 1);
                break;
            default:
                SqliteTestDatabase.Rows(Database, "DROP TABLE run_labels");
                break;
        }
    }

    private async Task FillDatabaseAsync()
    {
        await SqliteTestDatabase.WriteEmptyAsync(Database);
        FilledDatabase.Fill(Database, RunsOfDatabase);
    }

    private Task<DatabaseRestore> BeginAsync() => BeginAsync(Backup);

    private Task<DatabaseRestore> BeginAsync(string backup) =>
        RunMetricsDatabase.BeginRestoreAsync(SqliteLocation.ForFile(Database), backup, progress: null, CancellationToken.None);

    private async Task<string?> RestoreAsync()
    {
        using var restore = await BeginAsync();
        restore.Problems.ShouldBeEmpty();
        await restore.ApplyAsync(progress: null, CancellationToken.None);
        return restore.DamagedFile;
    }

    private async Task ShouldHoldBackupAsync()
    {
        SqliteTestDatabase.Dump(Database).ShouldBe(_content);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    private Task<IReadOnlyList<string>> VerifyAsync() =>
        RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(Database), progress: null, CancellationToken.None);
}
