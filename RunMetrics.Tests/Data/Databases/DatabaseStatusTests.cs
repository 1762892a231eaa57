using CsCheck;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Databases;

[OnBothDatabases]
public sealed class DatabaseStatusTests(DatabaseKind kind)
{
    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task ReadStatusAsync_empty_database_has_nothing_and_the_schema_of_this_version()
    {
        var status = await ReadAsync();

        status.Database.ShouldBe(_database.Location.Name);
        status.Engine.ShouldStartWith(kind == DatabaseKind.Sqlite ? "SQLite 3." : "PostgreSQL ");
        status.SizeBytes.ShouldBeGreaterThan(0);
        status.Migration.ShouldBe(_database.Rows("""SELECT max("MigrationId") FROM "__EFMigrationsHistory" """).Single());
        status.PendingMigrations.ShouldBe(0);
        (status.Projects, status.Runs, status.OpenRuns, status.PhaseMetrics, status.OpenPhaseMetrics).ShouldBe((0, 0, 0, 0, 0));
        status.OldestRun.ShouldBeNull();
        status.NewestRun.ShouldBeNull();
    }

    [Test]
    public Task ReadStatusAsync_any_history_counted_in_part_tells_what_was_stated() => Gen.Select(RandomHistories.Runs.Array[0, 8], Gen.Int[0, 8]).SampleAsync(
        async (history, counted) =>
        {
            _database.Clear();
            foreach (var (index, (run, phases)) in history.Index())
            {
                if (index == counted)
                {
                    _database.CountChanges();
                }

                await _database.Store.WriteAsync([run, .. phases], CancellationToken.None);
            }

            var status = await ReadAsync();

            var phasesOfAll = history.SelectMany(run => run.Phases).ToList();
            status.Projects.ShouldBe(history.Select(run => run.Run.ProjectId).Distinct(StringComparer.Ordinal).Count());
            status.Runs.ShouldBe(history.Length);
            status.OpenRuns.ShouldBe(history.Count(run => run.Run.Status == "running"));
            status.PhaseMetrics.ShouldBe(phasesOfAll.Count);
            status.OpenPhaseMetrics.ShouldBe(phasesOfAll.Count(phase => phase.Outcome is null));
            var byStart = history.Select(run => run.Run).OrderBy(run => run.StartedAt).ThenBy(run => run.Id, StringComparer.Ordinal).Select(PositionOf).ToList();
            status.OldestRun.ShouldBe(byStart.FirstOrDefault());
            status.NewestRun.ShouldBe(byStart.LastOrDefault());
        },
        iter: Samples.Of(20),
        threads: 1);

    [Test]
    public async Task ReadStatusAsync_while_another_program_writes_tells_what_is_committed()
    {
        await _database.Store.WriteAsync([SampleFacts.Run("r1")], CancellationToken.None);
        using var others = _database.Lock();

        (await ReadAsync()).Runs.ShouldBe(1);
    }

    private static RunPosition PositionOf(RunFact run) => new(run.StartedAt!.Value, run.Id!);

    private Task<DatabaseStatus> ReadAsync() => RunMetricsDatabase.ReadStatusAsync(_database.Location, CancellationToken.None);
}
