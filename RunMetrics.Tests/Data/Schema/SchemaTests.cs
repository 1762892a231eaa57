using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using NUnit.Framework;
using RunMetrics.Data.Storage;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Schema;

public sealed class SchemaTests
{
    private TestDatabase _database = null!;
    private CommandWatcher _commands = null!;

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        _commands = new CommandWatcher();
        _database = await TestDatabase.CreateAsync(_commands);
    }

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

    [TestCase("bop")]
    [TestCase(null)]
    public async Task SummarizeAsync_newest_runs_are_read_off_an_index_without_a_sort(string? projectId)
    {
        await _database.Service.RecordAsync(SampleFacts.Run(), CancellationToken.None);

        await _database.Queries.SummarizeAsync(projectId, 10, ProjectAccess.All, CancellationToken.None);

        var newest = _commands.Seen.Where(command => command.Text.Contains("LIMIT", StringComparison.Ordinal)).ShouldHaveSingleItem();
        var plan = string.Join('\n', newest.Plan);
        plan.ShouldContain(projectId is null ? "idx_runs_started" : "idx_runs_project_started");
        plan.ShouldNotContain("TEMP B-TREE");
    }

    [Test]
    public void WriteConnection_opened_syncs_every_commit_into_the_write_ahead_log()
    {
        using var writing = WriteConnection.Open(_database.Contexts);
        using var transaction = writing.BeginTransaction();

        TestDatabase.Rows(transaction.Connection!, "SELECT * FROM pragma_synchronous, pragma_journal_mode, pragma_foreign_keys").ShouldBe(["2|wal|1"]);
    }

    private sealed record SeenCommand(string Text, IReadOnlyList<string> Plan);

    /// <summary>Asks the connection of each command how it runs it.</summary>
    private sealed class CommandWatcher : DbCommandInterceptor
    {
        public List<SeenCommand> Seen { get; } = [];

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Look(command);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Look(command);
            return ValueTask.FromResult(result);
        }

        private void Look(DbCommand command)
        {
            var text = command.CommandText;
            Seen.Add(new SeenCommand(
                text,
                text.StartsWith("SELECT", StringComparison.Ordinal) ? Ask(command, $"EXPLAIN QUERY PLAN {text}", column: 3) : []));
        }

        private static List<string> Ask(DbCommand about, string sql, int column = 0)
        {
            using var command = about.Connection!.CreateCommand();
            command.Transaction = about.Transaction;
#pragma warning disable CA2100 // The statement is one of EF Core's.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (DbParameter parameter in about.Parameters)
            {
                var copy = command.CreateParameter();
                (copy.ParameterName, copy.Value) = (parameter.ParameterName, parameter.Value);
                command.Parameters.Add(copy);
            }

            using var reader = command.ExecuteReader();
            var values = new List<string>();
            while (reader.Read())
            {
                values.Add(reader.GetString(column));
            }

            return values;
        }
    }
}
