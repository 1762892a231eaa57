using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;
using static System.FormattableString;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>Counts while many write at the same time, each statement of a foreign program about several runs in another order.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[NeedsPostgreSql]
public sealed class PostgreSqlConcurrentWritesTests
{
    private const int Rounds = 8;
    private const int RowsOfAStatement = 150;

    private static readonly string FewWait = Invariant($"SELECT count(*) < {CountSchema.MaxUncounted} FROM uncounted_phases");

    private PostgreSqlTestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await PostgreSqlTestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Counts_of_eight_that_write_the_same_runs_are_right_and_few_rows_wait_to_be_counted()
    {
        _database.Rows("INSERT INTO runs SELECT 'foreign-' || i, 'bop', 'wo', 'running', 1, '2026-01-12T09:00:00Z', NULL FROM generate_series(0, 4) AS i");
        var waiting = new ConcurrentBag<long>();

        await Task.WhenAll(
            Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteForeignRows(writer, waiting)))
                .Concat(Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteFactsAsync(writer)))));

        // Each row is noted once when it is inserted, and twice when it is updated.
        _database.Rows("SELECT count(*) FROM run_phase_metrics WHERE id LIKE 'foreign-%'").ShouldBe([Invariant($"{4 * Rounds * RowsOfAStatement}")]);
        (await VerifyAsync()).ShouldBeEmpty();
        waiting.Max().ShouldBeLessThan(4 * CountSchema.MaxUncounted, "of 14400 that were noted");
        _database.Rows("SELECT count(*) > 0 FROM phase_counts").ShouldBe(["1"]);
    }

    [Test]
    public async Task Counts_run_that_moves_while_another_writes_its_phases_are_those_of_the_new_project([Values] bool phaseComesFirst, [Values] bool isNew)
    {
        _database.Rows("INSERT INTO runs VALUES ('r', 'old', 'wo', 'running', 1, '2026-01-12T09:00:00Z', NULL)");
        _database.Rows(InsertPhase("m1"));
        const string Move = "UPDATE runs SET project_id = 'new'";
        var write = isNew ? InsertPhase("m2") : "UPDATE run_phase_metrics SET outcome = 'success'";
        using var first = Foreign.Open(_database.Target);
        using var second = Foreign.Open(_database.Target);

        Foreign.Rows(first, $"BEGIN; {(phaseComesFirst ? write : Move)}");
        var other = Task.Run(() => Foreign.Rows(second, phaseComesFirst ? Move : write));
        await Eventually.TrueAsync(() => other.IsCompleted || IsWaiting(second));
        Foreign.Rows(first, "COMMIT");
        await other;

        (await VerifyAsync()).ShouldBeEmpty();
        _database.CountChanges();
        _database.Rows("SELECT project_id, sum(open + success) FROM phase_counts JOIN projects ON series / 64 = project GROUP BY 1")
            .ShouldBe([isNew ? "new|2" : "new|1"]);
    }

    [Test]
    public async Task Counts_two_statements_of_foreign_programs_about_the_same_runs_do_not_deadlock()
    {
        _database.Rows("INSERT INTO runs SELECT 'r' || i, 'bop', 'wo', 'running', 1, '2026-01-12T09:00:00Z', NULL FROM generate_series(1, 40) AS i");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            using var connection = Foreign.Open(_database.Target);
            var order = writer % 2 == 0 ? "ASC" : "DESC";
            for (var round = 0; round < 15; round++)
            {
                Foreign.Rows(connection, Invariant($"""
                    INSERT INTO run_phase_metrics
                    SELECT 'm-{writer}-{round}-' || i, 'r' || i, 'builder', 1, '2026-01-12T09:00:00Z', '2026-01-12T10:00:00Z', i, 'success', NULL
                    FROM generate_series(1, 40) AS i ORDER BY i {order}
                    """));
            }
        })));

        _database.Rows("SELECT count(*), sum(duration_seconds) FROM run_phase_metrics").ShouldBe(["2400|49200"]);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task Transaction_that_stays_open_keeps_nobody_from_counting([Values("READ COMMITTED", "SERIALIZABLE")] string isolation)
    {
        _database.Rows("INSERT INTO runs SELECT 'r' || i, 'bop', 'wo', 'running', 1, '2026-01-12T09:00:00Z', NULL FROM generate_series(1, 2) AS i");
        using var open = Foreign.Open(_database.Target);
        Foreign.Rows(open, $"BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM phase_changes; {InsertPhase("m1", "r1")}");

        _database.Rows(InsertPhases("n", "r2", CountSchema.MaxUncounted));

        _database.Rows(FewWait).ShouldBe(["1"]);
        _database.Rows("SELECT open > 0 FROM phase_counts WHERE series < 64").ShouldBe(["1"]);
        Foreign.Rows(open, "COMMIT");
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task Transaction_that_has_counted_and_stays_open_keeps_nobody_from_writing()
    {
        _database.Rows("INSERT INTO runs VALUES ('r1', 'bop', 'wo', 'running', 1, '2026-01-12T09:00:00Z', NULL)");
        using var open = Foreign.Open(_database.Target);
        Foreign.Rows(open, $"BEGIN; {InsertPhases("m", "r1", CountSchema.MaxUncounted)}");
        Foreign.Rows(open, FewWait).ShouldBe(["True"]);

        await _database.Store.WriteAsync([SampleFacts.Run("r2"), SampleFacts.ClosedPhase("n", "r2")], CancellationToken.None);
        _database.Rows(InsertPhases("o", "r2", CountSchema.MaxUncounted));

        (await VerifyAsync()).ShouldBeEmpty();
        Foreign.Rows(open, "ROLLBACK");
        (await VerifyAsync()).ShouldBeEmpty();
        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe([Invariant($"{CountSchema.MaxUncounted + 1}")]);
    }

    private static string InsertPhase(string id, string runId = "r") =>
        $"INSERT INTO run_phase_metrics VALUES ('{id}', '{runId}', 'builder', 1, '2026-01-12T09:00:00Z', NULL, NULL, NULL, NULL)";

    /// <summary>Open phases, a statement for each of them, so that each is noted by itself.</summary>
    private static string InsertPhases(string prefix, string runId, int count) => Invariant($"""
        DO $$
        BEGIN
            FOR i IN 1..{count} LOOP
                INSERT INTO run_phase_metrics VALUES ('{prefix}' || i, '{runId}', 'builder', 1, '2026-01-12T09:00:00Z', NULL, NULL, NULL, NULL);
            END LOOP;
        END
        $$
        """);

    private void WriteForeignRows(int writer, ConcurrentBag<long> waiting)
    {
        using var connection = Foreign.Open(_database.Target);
        for (var round = 0; round < Rounds; round++)
        {
            // Durations that differ are noted in rows of their own.
            Foreign.Rows(connection, Invariant($"""
                INSERT INTO run_phase_metrics
                SELECT 'foreign-{writer}-{round}-' || i, 'foreign-' || (i * {writer + 1}) % 5, 'builder', 1, '2026-01-12T09:00:00Z', '2026-01-12T10:00:00Z', i, 'success', NULL
                FROM generate_series(1, {RowsOfAStatement}) AS i
                """));
            Foreign.Rows(connection, Invariant($"UPDATE run_phase_metrics SET duration_seconds = duration_seconds + 1000 WHERE id LIKE 'foreign-{writer}-{round}-%'"));
            waiting.Add(long.Parse(Foreign.Rows(connection, "SELECT count(*) FROM uncounted_phases").Single(), System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private async Task WriteFactsAsync(int writer)
    {
        await using var services = TestDatabase.Compose(_database.Location, TimeProvider.System);
        var store = services.GetRequiredService<IRunMetricsStore>();
        for (var round = 0; round < Rounds; round++)
        {
            var facts = Enumerable.Range(0, 4).Select(i => Invariant($"ours-{(i + writer) % 4}")).SelectMany(runId => new Fact[]
            {
                SampleFacts.Run(runId),
                SampleFacts.ClosedPhase(Invariant($"{runId}-{writer}-{round}"), runId) with { Iteration = round + 1 },
            });
            await store.WriteAsync([.. facts], CancellationToken.None);
        }
    }

    private bool IsWaiting(NpgsqlConnection connection) =>
        _database.Rows(Invariant($"SELECT 1 FROM pg_locks WHERE NOT granted AND pid = {connection.ProcessID}")).Count > 0;

    private Task<IReadOnlyList<string>> VerifyAsync() => RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None);
}
