using Npgsql;
using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>What programs that do not use the library write into the tables: the rules that the schema of SQLite has, in the types of PostgreSQL.</summary>
[NeedsPostgreSql]
public sealed class PostgreSqlForeignRowsTests
{
    private const string Run = "'r', 'bop', '032', 'succeeded', 1, '2026-01-12T09:00:00.000Z', '2026-01-12T09:30:00.000Z'";
    private const string Metric =
        "'m', 'r', 'reviewer', 1, '2026-01-12T09:00:00.000Z', '2026-01-12T09:01:00.000Z', 60, 'approved', '{\"a\":1}'";

    private PostgreSqlTestDatabase _database = null!;

    [OneTimeSetUp]
    public async Task CreateDatabaseAsync() => _database = await PostgreSqlTestDatabase.CreateAsync();

    [TearDown]
    public void Clear() => _database.Clear();

    [OneTimeTearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCase("'r'", "''")]
    [TestCase("'r'", "NULL")]
    [TestCase("'r'", "'a b'")]
    [TestCase("'r'", "'a/b'")]
    [TestCase("'r'", "'ä'")]
    [TestCase("'r'", "E'r\\n'")]
    [TestCase("'r'", "lpad('', 129, '0')")]
    [TestCase("'bop'", "''")]
    [TestCase("'bop'", "NULL")]
    [TestCase("'bop'", "'a b'")]
    [TestCase("'bop'", "E'bop\\n'")]
    [TestCase("'032'", "''")]
    [TestCase("'032'", "NULL")]
    [TestCase("'032'", "'a/b'")]
    [TestCase("'succeeded'", "'Succeeded'")]
    [TestCase("'succeeded'", "'done'")]
    [TestCase("'succeeded'", "NULL")]
    [TestCase("'succeeded'", "'running'", Description = "It has ended.")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "NULL", Description = "It has not ended.")]
    [TestCase(" 1,", " 0,")]
    [TestCase(" 1,", " 'one',")]
    [TestCase(" 1,", " 2147483648,")]
    [TestCase(" 1,", " NULL,")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "NULL")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-02-30T09:00:00.000Z'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'0001-01-01T00:00:00Z BC'")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "1768208400")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'10000-01-01T00:00:00Z'")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'infinity'")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'-infinity'")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'2026-01-12T08:59:59.999Z'", Description = "It ends before it starts.")]
    [TestCase("'2026-01-12T09:30:00.000Z'", "'later'")]
    public void Insert_run_that_breaks_one_rule_is_refused(string part, string broken)
    {
        Run.ShouldContain(part);

        Refuses("runs", Run.Replace(part, broken, StringComparison.Ordinal));

        _database.Dump().ShouldBeEmpty();
    }

    [TestCase("'m'", "''")]
    [TestCase("'m'", "NULL")]
    [TestCase("'m'", "'a b'")]
    [TestCase("'r'", "'nobody'")]
    [TestCase("'r'", "NULL")]
    [TestCase("'reviewer'", "'review'")]
    [TestCase("'reviewer'", "'Reviewer'")]
    [TestCase("'reviewer'", "NULL")]
    [TestCase("'reviewer'", "'merge'", Description = "The verdict is the reviewer's.")]
    [TestCase(" 1,", " 0,")]
    [TestCase(" 1,", " NULL,")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "NULL")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "'2026-01-12T08:59:59.999Z'")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "NULL", Description = "A duration without an end.")]
    [TestCase("'2026-01-12T09:01:00.000Z'", "'infinity'")]
    [TestCase(" 60,", " NULL,", Description = "An end without a duration.")]
    [TestCase(" 60,", " -1,")]
    [TestCase(" 60,", " 'long',")]
    [TestCase(" 60,", " 2147483648,")]
    [TestCase("'approved'", "NULL", Description = "It has ended.")]
    [TestCase("'approved'", "'done'")]
    [TestCase("'approved'", "'Approved'")]
    [TestCase("'{\"a\":1}'", "'[]'")]
    [TestCase("'{\"a\":1}'", "'null'")]
    [TestCase("'{\"a\":1}'", "'{\"a\":'")]
    [TestCase("'{\"a\":1}'", "'{a:1}'")]
    [TestCase("'{\"a\":1}'", "''")]
    [TestCase("'{\"a\":1}'", "('{\"a\":\"' || lpad('', 16377, '0') || '\"}')::json", Description = "16385 bytes.")]
    public void Insert_metric_that_breaks_one_rule_is_refused(string part, string broken)
    {
        Insert("runs", Run);
        Metric.ShouldContain(part);

        Refuses("run_phase_metrics", Metric.Replace(part, broken, StringComparison.Ordinal));

        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["0"]);
    }

    [TestCase("'2026-01-12T09:01:00.000Z', 60,", "NULL, NULL,", Description = "Its end is unknown.")]
    [TestCase("'2026-01-12T09:01:00.000Z', 60, 'approved'", "NULL, NULL, NULL", Description = "It is open.")]
    [TestCase("'{\"a\":1}'", "NULL")]
    [TestCase("'{\"a\":1}'", "'{}'")]
    [TestCase("'{\"a\":1}'", "('{\"a\":\"' || lpad('', 16376, '0') || '\"}')::json", Description = "16384 bytes.")]
    [TestCase("'m'", "lpad('', 128, '0')")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'-infinity'", Description = "As Npgsql stores the first instant of year 1.")]
    [TestCase("'2026-01-12T09:00:00.000Z'", "'2026-01-12 11:00:00+02'")]
    public void Insert_metric_just_within_the_rules_is_taken(string part, string other)
    {
        Insert("runs", Run);
        Metric.ShouldContain(part);

        Insert("run_phase_metrics", Metric.Replace(part, other, StringComparison.Ordinal));

        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["1"]);
    }

    [TestCase("'r'", "'nobody'")]
    [TestCase("'model'", "''")]
    [TestCase("'model'", "NULL")]
    [TestCase("'model'", "'my model'")]
    [TestCase("'model'", "lpad('', 129, '0')")]
    [TestCase("'opus'", "''")]
    [TestCase("'opus'", "NULL")]
    [TestCase("'opus'", "E'\\x00'", Description = "NUL is in no text of PostgreSQL.")]
    [TestCase("'opus'", "lpad('', 129, 'ä')")]
    public void Insert_label_that_breaks_one_rule_is_refused(string part, string broken)
    {
        const string Label = "'r', 'model', 'opus'";
        Insert("runs", Run);
        Insert("run_labels", "'r', 'another', lpad('', 128, 'ä')");

        Refuses("run_labels", Label.Replace(part, broken, StringComparison.Ordinal));

        _database.Rows("SELECT name FROM run_labels").ShouldBe(["another"]);
    }

    [Test]
    public async Task Queries_instants_and_metadata_of_another_writer_are_read_to_the_millisecond_and_as_written()
    {
        Insert("runs", "'r', 'bop', '032', 'running', 1, '2026-01-12 11:00:00.0014+02', NULL");
        Insert("run_phase_metrics", """'m', 'r', 'builder', 1, '2026-01-12T09:00:00.005Z', NULL, NULL, NULL, '{ "n" : 1.50, "n" : "\ud800" }'""");

        var run = (await _database.Queries.FindRunAsync("r", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
        var metric = (await _database.Queries.ListPhaseMetricsAsync("r", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull().Single();

        run.StartedAt.ShouldBe(SampleFacts.Start.AddMilliseconds(1));
        metric.StartedAt.ShouldBe(SampleFacts.Start.AddMilliseconds(5));
        metric.Metadata.ShouldNotBeNull().GetRawText().ShouldBe("""{ "n" : 1.50, "n" : "\ud800" }""");
    }

    private void Insert(string table, string values) => _database.Rows($"INSERT INTO {table} VALUES ({values})");

    /// <summary>By a constraint, or because no such value is of the type.</summary>
    private void Refuses(string table, string values) =>
        Should.Throw<PostgresException>(() => Insert(table, values)).SqlState[..2].ShouldBeOneOf("22", "23", "42");
}
