using System.Globalization;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Data.Sqlite;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary>
/// Every command of <c>db</c>, killed as <c>kill -9</c> does at any moment of its work: all data are there, and the same command again does what it is for.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DbKillTests : IDisposable
{
    private const int Runs = 2000;
    private const int OldRuns = 1000;

    private readonly TemporaryFolder _folder = new();
    private IReadOnlyList<string> _content = null!;

    private string Database => _folder.File("runs.db");

    private string Backup => _folder.File("backup.db");

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        await SqliteTestDatabase.WriteEmptyAsync(Database);
        FilledDatabase.Fill(Database, Runs);
        SqliteTestDatabase.Rows(Database, string.Create(
            CultureInfo.InvariantCulture, $"UPDATE runs SET ended_at = '2026-01-12T10:30:00.000Z' WHERE id <= '{FilledDatabase.RunId(OldRuns)}'"));
        _content = SqliteTestDatabase.Dump(Database);
    }

    public void Dispose() => _folder.Dispose();

    [TestCase("status")]
    [TestCase("verify")]
    [TestCase("rebuild")]
    [TestCase("compact")]
    public Task Db_killed_at_any_moment_has_lost_nothing(string command) => KillAtAnyMomentAsync(
        [command],
        prepare: () => { },
        check: () => SqliteTestDatabase.Dump(Database).ShouldBe(_content));

    [Test]
    public Task Backup_killed_at_any_moment_leaves_a_whole_file_or_none() => KillAtAnyMomentAsync(
        ["backup", Backup],
        prepare: () => File.Delete(Backup),
        check: () =>
        {
            SqliteTestDatabase.Dump(Database).ShouldBe(_content);
            if (File.Exists(Backup))
            {
                SqliteTestDatabase.Dump(Backup).ShouldBe(_content);
            }
        });

    [Test]
    public async Task Restore_killed_at_any_moment_leaves_the_old_content_or_the_new()
    {
        await MakeBackupAsync();
        SqliteTestDatabase.Rows(Database, "DELETE FROM runs WHERE id > 'run-0001000'; UPDATE runs SET work_order_id = 'wo-2'");
        var old = SqliteTestDatabase.Dump(Database);
        var file = await File.ReadAllBytesAsync(Database);

        await KillAtAnyMomentAsync(
            ["restore", Backup, "--yes"],
            prepare: () =>
            {
                File.Delete($"{Database}-wal");
                File.WriteAllBytes(Database, file);
            },
            check: () =>
            {
                var rows = SqliteTestDatabase.Dump(Database);
                rows.ShouldBe(rows.Count == old.Count ? old : _content);
            });

        SqliteTestDatabase.Dump(Database).ShouldBe(_content);
    }

    [Test]
    public async Task Restore_where_there_is_no_database_killed_at_any_moment_leaves_a_whole_one_or_none()
    {
        await MakeBackupAsync();

        await KillAtAnyMomentAsync(
            ["restore", Backup, "--yes"],
            prepare: () => File.Delete(Database),
            check: () =>
            {
                SqliteTestDatabase.Dump(Backup).ShouldBe(_content);
                if (File.Exists(Database))
                {
                    SqliteTestDatabase.Dump(Database).ShouldBe(_content);
                }
            });

        SqliteTestDatabase.Dump(Database).ShouldBe(_content);
    }

    [Test]
    public async Task Prune_killed_at_any_moment_has_deleted_whole_runs_that_were_to_go()
    {
        var oldIds = Enumerable.Range(1, OldRuns).Select(FilledDatabase.RunId).ToHashSet(StringComparer.Ordinal);
        var kept = _content.Where(row => !oldIds.Contains(RunIdOf(row))).ToList();
        var file = await File.ReadAllBytesAsync(Database);

        await KillAtAnyMomentAsync(
            ["prune", "--before", "2026-01-12T11:00:00Z", "--yes"],
            prepare: () =>
            {
                File.Delete($"{Database}-wal");
                File.WriteAllBytes(Database, file);
            },
            check: () =>
            {
                var rows = SqliteTestDatabase.Dump(Database);
                var gone = _content.Except(rows, StringComparer.Ordinal).GroupBy(RunIdOf, StringComparer.Ordinal).ToList();
                gone.Select(run => run.Key).ShouldBeSubsetOf(oldIds, StringComparer.Ordinal);
                gone.ShouldAllBe(run => run.Count() == 2);
                rows.Count.ShouldBe(_content.Count - (2 * gone.Count));
            });

        SqliteTestDatabase.Dump(Database).ShouldBe(kept);
    }

    /// <summary>A row is one of a run or of its one phase.</summary>
    private static string RunIdOf(string row) => row.Split('|').First(value => value.StartsWith("run-", StringComparison.Ordinal));

    private async Task MakeBackupAsync() =>
        (await RunMetricsDatabase.BackupAsync(SqliteLocation.ForFile(Database), Backup, progress: null, CancellationToken.None)).Problems.ShouldBeEmpty();

    /// <summary>
    /// Lets the command work to its end once, then kills it again and again within the time that its work took, and lets it work to its end again.
    /// </summary>
    private async Task KillAtAnyMomentAsync(string[] arguments, Action prepare, Action check)
    {
        prepare();
        var workTime = await MeasureWorkAsync(arguments);
        for (var kill = 0; kill < Samples.Of(2); kill++)
        {
            prepare();
            using (var process = Start(arguments))
            {
                await WaitForWorkAsync(process);
                await Task.Delay(workTime * Random.Shared.NextDouble());
                await process.KillAsync();
            }

            check();
            if (File.Exists(Database))
            {
                (await RunMetricsDatabase.VerifyAsync(SqliteLocation.ForFile(Database), progress: null, CancellationToken.None)).ShouldBeEmpty();
            }
        }

        if (File.Exists(Backup) && arguments.Contains("backup", StringComparer.Ordinal))
        {
            prepare();
        }

        using (var last = Start(arguments))
        {
            (await last.WaitForExitAsync()).ShouldBe(ExitCodes.Done, last.Errors);
        }

        check();
        Directory.EnumerateFiles(_folder.Path, "*.partial").ShouldBeEmpty();
    }

    private async Task<TimeSpan> MeasureWorkAsync(string[] arguments)
    {
        using var process = Start(arguments);
        await WaitForWorkAsync(process);
        var begun = TimeProvider.System.GetTimestamp();
        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.Done, process.Errors);
        return TimeProvider.System.GetElapsedTime(begun);
    }

    /// <summary>A command says what it is about to do when the program has started.</summary>
    private static Task WaitForWorkAsync(OwnedProcess process) => Eventually.TrueAsync(() => process.HasEnded || process.Errors.Length > 0);

    private OwnedProcess Start(string[] arguments) => RunnerCommand.Start(["db", .. arguments, "--database", Database]);
}
