using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Schema;

public sealed class SchemaTests
{
    private SqliteTestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await SqliteTestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Model_compared_with_the_migrations_has_no_pending_change()
    {
        await using var context = await _database.Contexts.CreateDbContextAsync();

        context.Database.HasPendingModelChanges().ShouldBeFalse();
    }

    [Test]
    public void PhaseMetrics_their_columns_are_those_that_were_given() =>
        _database.Rows("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('run_phase_metrics') ORDER BY cid").ShouldBe(
        [
            "id|TEXT|1|NULL|1",
            "run_id|TEXT|1|NULL|0",
            "phase|TEXT|1|NULL|0",
            "iteration|INTEGER|1|1|0",
            "started_at|TEXT|1|NULL|0",
            "ended_at|TEXT|0|NULL|0",
            "duration_seconds|INTEGER|0|NULL|0",
            "outcome|TEXT|0|NULL|0",
            "metadata|TEXT|0|NULL|0",
        ]);

    [Test]
    public void Runs_their_columns_are_what_the_metrics_need() =>
        _database.Rows("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('runs') ORDER BY cid").ShouldBe(
        [
            "id|TEXT|1|NULL|1",
            "project_id|TEXT|1|NULL|0",
            "work_order_id|TEXT|1|NULL|0",
            "status|TEXT|1|NULL|0",
            "iteration|INTEGER|1|1|0",
            "started_at|TEXT|1|NULL|0",
            "ended_at|TEXT|0|NULL|0",
        ]);

    [Test]
    public void RunLabels_their_columns_are_a_run_a_name_and_a_value() =>
        _database.Rows("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('run_labels') ORDER BY cid").ShouldBe(
        [
            "run_id|TEXT|1|NULL|1",
            "name|TEXT|1|NULL|2",
            "value|TEXT|1|NULL|0",
        ]);

    [TestCase("run_phase_metrics")]
    [TestCase("run_labels")]
    public void Tables_of_what_belongs_to_a_run_lose_it_when_the_run_goes(string table) =>
        _database.Rows($"SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('{table}')").ShouldBe(["runs|run_id|id|CASCADE"]);

    [TestCase("run_phase_metrics", "idx_run_phase_metrics_run", "run_id")]
    [TestCase("runs", "idx_runs_project_started", "project_id|started_at|id")]
    [TestCase("run_labels", "idx_run_labels_name_value", "name|value|run_id")]
    public void Indexes_by_name_cover_their_columns(string table, string index, string columns)
    {
        _database.Rows($"SELECT name FROM pragma_index_list('{table}') WHERE origin = 'c'").ShouldContain(name => name == index);

        string.Join('|', _database.Rows($"SELECT name FROM pragma_index_info('{index}') ORDER BY seqno")).ShouldBe(columns);
    }

    [Test]
    public async Task WriteConnection_opened_syncs_every_commit_into_the_write_ahead_log()
    {
        using var writing = SqliteWriteConnection.Open(_database.Contexts);
        await using var transaction = await writing.BeginAsync(CancellationToken.None);

        SqliteTestDatabase.Rows(writing.Connection, "SELECT * FROM pragma_synchronous, pragma_journal_mode, pragma_foreign_keys").ShouldBe(["2|wal|1"]);
    }
}
