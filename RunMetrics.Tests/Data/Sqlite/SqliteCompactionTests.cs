using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SqliteCompactionTests
{
    private SqliteTestDatabase _database = null!;

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        _database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(_database.FilePath, 2000);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task CompactAsync_after_runs_were_deleted_gives_their_space_back_and_keeps_the_others()
    {
        await RunMetricsDatabase.PruneAsync(
            _database.Location, DateTimeOffset.MaxValue, "other", TimeProvider.System, progress: null, CancellationToken.None);
        _database.Rows("DELETE FROM runs WHERE id > 'run-0000500'");
        var before = _database.Dump();

        var compaction = await CompactAsync();

        compaction.IsLogInUse.ShouldBeFalse();
        compaction.SizeBytesAfter.ShouldBeLessThan(compaction.SizeBytesBefore / 2);
        new FileInfo(_database.FilePath).Length.ShouldBe(compaction.SizeBytesAfter);
        _database.Dump().ShouldBe(before);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task CompactAsync_while_others_read_says_that_the_log_is_in_use()
    {
        using var reader = SqliteTestDatabase.OpenForeign(_database.FilePath);
        SqliteTestDatabase.Rows(reader, "BEGIN; SELECT count(*) FROM runs");
        var before = _database.Dump();

        (await CompactAsync()).IsLogInUse.ShouldBeTrue();

        SqliteTestDatabase.Rows(reader, "COMMIT");
        _database.Dump().ShouldBe(before);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task CompactAsync_cancelled_keeps_all()
    {
        var before = _database.Dump();
        using var cancellation = new CancellationTokenSource();
        var steps = new Steps(_ => cancellation.Cancel());

        await Should.ThrowAsync<OperationCanceledException>(() => RunMetricsDatabase.CompactAsync(_database.Location, steps, cancellation.Token));

        _database.Dump().ShouldBe(before);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task CompactAsync_damaged_or_missing_file_is_refused()
    {
        var file = $"{_database.FilePath}.other";
        await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.CompactAsync(SqliteLocation.ForFile(file), progress: null, CancellationToken.None));
        File.Exists(file).ShouldBeFalse();
        FilledDatabase.DamagePhaseOf(_database.FilePath, 1000);
        var damaged = await File.ReadAllBytesAsync(_database.FilePath);

        await Should.ThrowAsync<DatabaseRefusedException>(CompactAsync);

        (await File.ReadAllBytesAsync(_database.FilePath)).ShouldBe(damaged);
    }

    private Task<DatabaseCompaction> CompactAsync() => RunMetricsDatabase.CompactAsync(_database.Location, progress: null, CancellationToken.None);

    private Task<IReadOnlyList<string>> VerifyAsync() => RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None);
}
