using System.Security.Cryptography;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteStatusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("runs.db");

    public void Dispose() => _folder.Dispose();

    [TestCase("InitialSchema", 3)]
    [TestCase("RunLabels", 2)]
    public async Task ReadStatusAsync_file_of_an_older_version_counts_its_rows_and_changes_nothing(string migration, int pending)
    {
        await FilledDatabase.MakeOlderAsync(FilePath, migration);
        FilledDatabase.Fill(FilePath, 3);
        SqliteTestDatabase.Rows(FilePath, "UPDATE runs SET status = 'running', ended_at = NULL WHERE id = 'run-0000003'");
        var before = Hash();

        var status = await ReadAsync();

        status.Migration!.ShouldEndWith(migration);
        status.PendingMigrations.ShouldBe(pending);
        (status.Projects, status.Runs, status.OpenRuns, status.PhaseMetrics, status.OpenPhaseMetrics).ShouldBe((1, 3, 1, 3, 0));
        status.NewestRun!.Id.ShouldBe("run-0000003");
        Hash().ShouldBe(before);
        Directory.EnumerateFiles(_folder.Path).ShouldBe([FilePath]);
    }

    [Test]
    public async Task ReadStatusAsync_log_of_a_killed_program_counts_and_stays()
    {
        await SqliteTestDatabase.WriteEmptyAsync(FilePath);
        FilledDatabase.Fill(FilePath, 2);
        FilledDatabase.CrashAfter(FilePath, "DELETE FROM runs WHERE id = 'run-0000001'", "-wal");
        var before = Hash();
        var log = new FileInfo($"{FilePath}-wal").Length;

        var status = await ReadAsync();

        status.Runs.ShouldBe(1);
        status.LogSizeBytes.ShouldBe(log);
        new FileInfo($"{FilePath}-wal").Length.ShouldBe(log);
        Hash().ShouldBe(before);
    }

    [Test]
    public async Task ReadStatusAsync_missing_file_is_refused_and_not_made()
    {
        var exception = await Should.ThrowAsync<DatabaseRefusedException>(ReadAsync);

        exception.Message.ShouldBe($"The database {FilePath} is refused: there is no such file.");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task ReadStatusAsync_file_without_a_schema_has_nothing()
    {
        await File.WriteAllBytesAsync(FilePath, []);

        var status = await ReadAsync();

        (status.Migration, status.Runs, status.SizeBytes).ShouldBe((null, 0, 0));
    }

    [TestCase("CREATE TABLE runs (id INTEGER)", "another program made its table runs")]
    [TestCase("CREATE TABLE __EFMigrationsHistory (MigrationId TEXT); INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_Newer')", "a newer version")]
    public async Task ReadStatusAsync_file_of_others_is_refused(string sql, string reason)
    {
        SqliteTestDatabase.Rows(FilePath, sql);

        (await Should.ThrowAsync<DatabaseRefusedException>(ReadAsync)).Message.ShouldContain(reason);
    }

    private Task<DatabaseStatus> ReadAsync() => RunMetricsDatabase.ReadStatusAsync(SqliteLocation.ForFile(FilePath), CancellationToken.None);

    private string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(FilePath)));
}
