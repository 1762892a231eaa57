using System.Globalization;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteBackupTests : IDisposable
{
    private const int Runs = 600;

    private readonly TemporaryFolder _folder = new();
    private SqliteTestDatabase _database = null!;

    private string Target => _folder.File("backup.db");

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(_database.FilePath, Runs);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task BackupAsync_file_whose_newest_rows_stand_in_the_log_has_all_in_one_plain_file()
    {
        using var writer = SqliteTestDatabase.OpenForeign(_database.FilePath);
        SqliteTestDatabase.Rows(writer, "PRAGMA wal_autocheckpoint = 0; UPDATE runs SET work_order_id = 'wo-2' WHERE id > 'run-0000300'");

        var backup = await BackupAsync();

        backup.Problems.ShouldBeEmpty();
        backup.Copy!.Database.ShouldBe(Target);
        (backup.Copy.Runs, backup.Copy.PhaseMetrics, backup.Copy.SizeBytes).ShouldBe((Runs, Runs, new FileInfo(Target).Length));
        SqliteTestDatabase.Dump(Target).ShouldBe(_database.Dump());
        Directory.EnumerateFiles(_folder.Path).ShouldBe([Target]);
        SqliteTestDatabase.Rows(Target, "PRAGMA journal_mode").ShouldBe(["delete"]);
    }

    [Test]
    public async Task BackupAsync_while_several_programs_write_has_all_that_was_stored_before_and_no_gap()
    {
        var writers = Enumerable.Range(1, 3)
            .Select(writer => ChildCommand.Start("write-on", _database.FilePath, writer.ToString(CultureInfo.InvariantCulture)))
            .ToList();
        foreach (var writer in writers)
        {
            await writer.WaitForOutputAsync(line => line == "20");
        }

        var stored = writers.ConvertAll(CountStored);
        var steps = new Steps(_ => { });
        var backup = await RunMetricsDatabase.BackupAsync(_database.Location, Target, steps, CancellationToken.None);
        var storedAfter = writers.ConvertAll(CountStored);
        foreach (var writer in writers)
        {
            await writer.KillAsync();
            writer.Dispose();
        }

        backup.Problems.ShouldBeEmpty();
        steps.Values.ShouldContain("copying, 100 %", StringComparer.Ordinal);
        storedAfter.Sum().ShouldBeGreaterThan(stored.Sum());
        for (var writer = 1; writer <= writers.Count; writer++)
        {
            var copied = SqliteTestDatabase.Rows(
                Target, $"SELECT run.id FROM runs AS run JOIN run_phase_metrics ON run_id = run.id WHERE run.id LIKE 'writer-{Text(writer)}.%' ORDER BY 1");
            copied.ShouldBe(Enumerable.Range(0, copied.Count).Select(number => WriteOnCommand.RunId(writer, number)));
            copied.Count.ShouldBeGreaterThanOrEqualTo(stored[writer - 1]);
        }
    }

    [Test]
    public async Task BackupAsync_file_of_an_older_version_is_copied_as_it_is()
    {
        var file = _folder.File("older.db");
        await FilledDatabase.MakeOlderAsync(file, "InitialSchema");
        FilledDatabase.Fill(file, 3);

        var backup = await RunMetricsDatabase.BackupAsync(SqliteLocation.ForFile(file), Target, progress: null, CancellationToken.None);

        backup.Problems.ShouldBeEmpty();
        (backup.Copy!.Runs, backup.Copy.PendingMigrations).ShouldBe((3, 3));
    }

    [Test]
    public async Task BackupAsync_damaged_file_lists_the_problems_and_leaves_no_file()
    {
        FilledDatabase.DamagePhaseOf(_database.FilePath, Runs / 2);

        var backup = await BackupAsync();

        backup.Copy.ShouldBeNull();
        backup.Problems.ShouldNotBeEmpty();
        Directory.EnumerateFiles(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task BackupAsync_file_whose_counts_are_wrong_lists_the_problems()
    {
        _database.Rows("UPDATE run_figures SET total_seconds = 4 WHERE run_id = 'run-0000001'");

        var backup = await BackupAsync();

        backup.Problems.ShouldNotBeEmpty();
        backup.Problems.ShouldAllBe(problem => problem.EndsWith("`runmetrics db rebuild` counts anew", StringComparison.Ordinal));
        Directory.EnumerateFiles(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task BackupAsync_leftover_of_a_killed_backup_gives_way_and_files_of_others_stay()
    {
        await File.WriteAllTextAsync($"{Target}.01998d2c-5b1e-7c4a-9f00-3a5d7e9b1c2f.partial", "half");
        string[] others = [$"{Target}.mine.partial", _folder.File("other.db.01998d2c-5b1e-7c4a-9f00-3a5d7e9b1c2f.partial")];
        Array.ForEach(others, file => File.WriteAllText(file, "whole"));

        (await BackupAsync()).Problems.ShouldBeEmpty();

        Directory.EnumerateFiles(_folder.Path).ShouldBe([Target, .. others], ignoreOrder: true);
    }

    [Test]
    public async Task BackupAsync_file_that_is_there_already_stays()
    {
        await File.WriteAllTextAsync(Target, "mine");

        await ShouldRefuseAsync(Target, "it is there already; name a new file");

        (await File.ReadAllTextAsync(Target)).ShouldBe("mine");
    }

    [Test]
    public async Task BackupAsync_file_that_is_made_meanwhile_stays()
    {
        var steps = new Steps(step =>
        {
            if (step == "comparing triggers")
            {
                File.WriteAllText(Target, "mine");
            }
        });

        await Should.ThrowAsync<IOException>(() => RunMetricsDatabase.BackupAsync(_database.Location, Target, steps, CancellationToken.None));

        (await File.ReadAllTextAsync(Target)).ShouldBe("mine");
        Directory.EnumerateFiles(_folder.Path).ShouldBe([Target]);
    }

    [Test]
    public async Task BackupAsync_name_that_no_backup_can_have_is_refused()
    {
        await ShouldRefuseAsync(_database.FilePath, "it is the database itself");
        await ShouldRefuseAsync($"{_database.FilePath}-wal", "it is a file of the database");
        await ShouldRefuseAsync(_folder.Path, "it is a folder; name a file");
        await ShouldRefuseAsync(Path.Combine(_folder.Path, "missing", "backup.db"), "does not exist; create it");
        await File.WriteAllTextAsync($"{Target}-wal", "of another");
        await ShouldRefuseAsync(Target, "is of another file and would be taken for a part of it");
    }

    [Test]
    public async Task BackupAsync_missing_database_is_refused()
    {
        var missing = SqliteLocation.ForFile(_folder.File("missing.db"));

        await Should.ThrowAsync<DatabaseRefusedException>(() => RunMetricsDatabase.BackupAsync(missing, Target, progress: null, CancellationToken.None));

        Directory.EnumerateFiles(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task BackupAsync_database_of_another_program_is_refused()
    {
        var other = _folder.File("other.db");
        SqliteTestDatabase.Rows(other, "CREATE TABLE songs (id INTEGER)");

        var exception = await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.BackupAsync(SqliteLocation.ForFile(other), Target, progress: null, CancellationToken.None));

        exception.Message.ShouldContain("it is no database of RunMetrics");
        Directory.EnumerateFiles(_folder.Path).ShouldBe([other]);
    }

    [TestCase("copying, ")]
    [TestCase("checking references")]
    public async Task BackupAsync_cancelled_leaves_no_file(string at)
    {
        FilledDatabase.MakeLarge(_database.FilePath);
        using var cancellation = new CancellationTokenSource();
        var steps = new Steps(step =>
        {
            if (step.StartsWith(at, StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        });

        await Should.ThrowAsync<OperationCanceledException>(() => RunMetricsDatabase.BackupAsync(_database.Location, Target, steps, cancellation.Token));

        Directory.EnumerateFiles(_folder.Path).ShouldBeEmpty();
        _database.Rows("SELECT count(*) FROM runs").ShouldBe([Text(Runs)]);
    }

    [Test]
    public async Task BackupAsync_nobody_may_read_the_copy_who_may_not_read_the_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no such permissions.");
            return;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(_database.FilePath, OwnerOnly);

        await BackupAsync();

        File.GetUnixFileMode(Target).ShouldBe(OwnerOnly);
    }

    private static int CountStored(OwnedProcess writer) => writer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<DatabaseBackup> BackupAsync() => RunMetricsDatabase.BackupAsync(_database.Location, Target, progress: null, CancellationToken.None);

    private async Task ShouldRefuseAsync(string target, string reason)
    {
        var exception = await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.BackupAsync(_database.Location, target, progress: null, CancellationToken.None));

        exception.Message.ShouldStartWith($"The backup {target} is refused: ");
        exception.Message.ShouldContain(reason);
    }
}
