using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

[Parallelizable(ParallelScope.All)]
public sealed class PostgreSqlPreparationTests
{
    private const string History = """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1""";
    private const string Tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1";

    private static readonly string[] OfNobody = ["Host=127.0.0.1;Port=1;Database=d;Password=s3cr3t", "postgresql://u:s3cr3t@127.0.0.1:1,127.0.0.1:2/d"];

    [Test]
    public async Task PrepareAsync_empty_database_applies_every_migration_and_does_nothing_when_repeated()
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();

        await PrepareAsync(database);
        await PrepareAsync(database);

        Foreign.Rows(database, History).ShouldBe(KnownMigrations());
    }

    [TestCaseSource(nameof(OfNobody))]
    public async Task PrepareAsync_server_that_does_not_answer_is_refused(string connectionString)
    {
        var message = await RefusalAsync(connectionString);

        message.ShouldContain("the server cannot be reached");
        message.ShouldNotContain("s3cr3t");
    }

    [Test]
    public async Task Programs_on_a_server_that_does_not_answer_end_with_one_line()
    {
        using var api = ApiProcess.LaunchIn(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["ConnectionStrings__RunMetrics"] = OfNobody[0] }, "", "--urls", "http://127.0.0.1:0");
        using var runner = RunnerCommand.StartIn(OfNobody[0], "runs");

        (await api.WaitForExitAsync()).ShouldBe(1);
        (await runner.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        api.Errors.ShouldBe(runner.Errors);
        api.Errors.ShouldStartWith("The database postgresql://127.0.0.1:1/d is refused: the server cannot be reached");
        api.Errors.ShouldNotContain("\n");
        api.Output.ShouldNotContain("s3cr3t");
    }

    [Test]
    public async Task PrepareAsync_missing_database_is_refused_and_not_made()
    {
        var server = await PostgreSqlServer.GetSharedAsync();

        (await RefusalAsync(server.ConnectionStringOf("nowhere"))).ShouldContain("database \"nowhere\" does not exist; create it on the server");

        Foreign.Rows(server.ConnectionStringOf("postgres"), "SELECT 1::text FROM pg_database WHERE datname = 'nowhere'").ShouldBeEmpty();
    }

    [TestCase("UTF8")]
    [TestCase("SQL_ASCII")]
    public async Task PrepareAsync_database_of_an_encoding_is_refused_unless_it_is_unicode(string encoding)
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        var name = $"encoded_{encoding.ToLowerInvariant()}";
        await server.ExecuteAsync($"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");

        if (encoding == "UTF8")
        {
            await Should.NotThrowAsync(() => PrepareAsync(server.ConnectionStringOf(name)));
        }
        else
        {
            (await RefusalAsync(server.ConnectionStringOf(name))).ShouldContain($"its encoding is {encoding}; UTF8 is needed");
        }
    }

    [TestCase("13.20", "UTF8", "the server is PostgreSQL 13.20; 14 or later is needed")]
    [TestCase("9.6.24", "UTF8", "the server is PostgreSQL 9.6.24; 14 or later is needed")]
    [TestCase("14.0", "LATIN1", "its encoding is LATIN1; UTF8 is needed")]
    [TestCase("14.0", "UTF8", null)]
    [TestCase("18.1", "UTF8", null)]
    public void FindFault_server_by_version_and_encoding(string version, string encoding, string? fault) =>
        PostgreSqlPreparation.FindFault(Version.Parse(version), encoding).ShouldBe(fault);

    [Test]
    public async Task PrepareAsync_database_of_a_newer_program_is_refused_and_left_as_it_is()
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        await PrepareAsync(database);
        Foreign.Rows(database, """INSERT INTO "__EFMigrationsHistory" VALUES ('29991231235959_Newest', '10.0.0')""");

        var message = await RefusalAsync(database);

        message.ShouldContain("a newer version of RunMetrics wrote it (migration 29991231235959_Newest is not known here)");
        Foreign.Rows(database, History).Count.ShouldBe(KnownMigrations().Count + 1);
    }

    [TestCase("CREATE TABLE runs (id integer)", "runs")]
    [TestCase("CREATE TABLE projects (name text)", "projects")]
    [TestCase("CREATE VIEW project_counts AS SELECT 1 AS n", "project_counts")]
    public async Task PrepareAsync_table_of_another_program_is_refused_and_left_as_it_is(string sql, string relation)
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        Foreign.Rows(database, sql);

        (await RefusalAsync(database)).ShouldContain($"another program made its {relation}");

        Foreign.Rows(database, Tables).ShouldBe(sql.Contains("TABLE", StringComparison.Ordinal) ? [relation] : []);
    }

    [TestCase("DROP TRIGGER runs_delete ON runs", "runs_delete")]
    [TestCase("ALTER TABLE run_figures DISABLE TRIGGER run_figures_update", "run_figures_update")]
    [TestCase("ALTER TABLE run_phase_metrics ENABLE REPLICA TRIGGER run_phase_metrics_insert", "run_phase_metrics_insert")]
    [TestCase("ALTER TRIGGER uncounted_runs_insert ON uncounted_runs RENAME TO theirs", "uncounted_runs_insert")]
    [TestCase(
        "DROP TRIGGER runs_delete ON runs; CREATE TRIGGER runs_delete AFTER DELETE ON runs REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_sometimes()",
        "runs_delete")]
    public async Task PrepareAsync_trigger_that_does_not_work_is_refused_until_it_is_made_anew(string sql, string trigger)
    {
        await using var database = await PostgreSqlTestDatabase.CreateAsync();
        database.Rows(sql);

        (await RefusalAsync(database.Target)).ShouldContain($"it lacks the trigger {trigger}, or it is disabled; `runmetrics db rebuild` makes it anew");

        await RunMetricsDatabase.RebuildAsync(database.Location, progress: null, CancellationToken.None);
        await Should.NotThrowAsync(() => PrepareAsync(database.Target));
    }

    [Test]
    public async Task PrepareAsync_two_schemas_of_one_database_are_two_databases()
    {
        var first = await PostgreSqlTestDatabase.CreateEmptyAsync();
        var second = $"{first};Search Path=second";
        Foreign.Rows(first, "CREATE SCHEMA second");

        await PrepareAsync(first);
        await PrepareAsync(second);
        Foreign.Rows(second, "INSERT INTO runs VALUES ('r', 'bop', '032', 'running', 1, '2026-01-12T09:00:00Z', NULL)");
        Foreign.Rows(first, "DROP TRIGGER runs_delete ON public.runs");

        Foreign.Rows(first, "SELECT project_id FROM projects").ShouldBeEmpty();
        Foreign.Rows(first, "SELECT project_id FROM second.project_counts").ShouldBe(["bop"]);
        await Should.NotThrowAsync(() => PrepareAsync(second));
        (await RefusalAsync(first)).ShouldContain("runs_delete");
    }

    [Test]
    public async Task PrepareAsync_missing_table_is_refused()
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        await PrepareAsync(database);
        Foreign.Rows(database, "DROP TABLE duration_counts");

        (await RefusalAsync(database)).ShouldContain("it lacks the table duration_counts");
    }

    [Test]
    public async Task PrepareAsync_refused_migration_keeps_no_lock_in_the_pool()
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        await using var services = TestDatabase.Compose(PostgreSqlLocation.Parse(database, "test"), TimeProvider.System);
        Foreign.Rows(database, "CREATE TABLE run_labels (name text)");

        await Should.ThrowAsync<DatabaseRefusedException>(() => services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None));

        Foreign.Rows(database, "DROP TABLE run_labels");
        await PrepareAsync(database).WaitAsync(TimeSpan.FromSeconds(60));
        Foreign.Rows(database, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_several_processes_on_an_empty_database_all_succeed_and_migrate_once()
    {
        using var folder = new TemporaryFolder();
        var gate = folder.File("gate");
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        var children = Enumerable.Range(0, 4).Select(_ => ChildCommand.Start("prepare", database, gate)).ToList();

        await Gate.OpenAsync(gate, children);
        foreach (var child in children)
        {
            (await child.WaitForExitAsync()).ShouldBe(0, child.Errors);
            child.Dispose();
        }

        Foreign.Rows(database, History).ShouldBe(KnownMigrations());
    }

    [Test]
    public async Task PrepareAsync_many_at_once_in_one_process_all_succeed()
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PrepareAsync(database))));

        Foreign.Rows(database, History).ShouldBe(KnownMigrations());
    }

    /// <summary>The first commands make the history, the last ones tables and triggers.</summary>
    [Test]
    public async Task PrepareAsync_after_a_process_was_killed_in_the_midst_makes_the_whole_schema([Values(3, 9, 14)] int command)
    {
        var database = await PostgreSqlTestDatabase.CreateEmptyAsync();
        using var child = ChildCommand.Start("prepare-and-die", database, command.ToString(CultureInfo.InvariantCulture));
        (await child.WaitForExitAsync()).ShouldBe(137, child.Errors);
        Foreign.Rows(database, "SELECT to_regclass('runs')::text").ShouldBe(["NULL"]);

        await PrepareAsync(database).WaitAsync(TimeSpan.FromSeconds(60));

        Foreign.Rows(database, History).ShouldBe(KnownMigrations());
        (await RunMetricsDatabase.VerifyAsync(PostgreSqlLocation.Parse(database, "test"), progress: null, CancellationToken.None)).ShouldBeEmpty();
    }

    private static async Task PrepareAsync(string connectionString)
    {
        await using var services = TestDatabase.Compose(PostgreSqlLocation.Parse(connectionString, "test"), TimeProvider.System);
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
    }

    private static async Task<string> RefusalAsync(string connectionString)
    {
        var message = (await Should.ThrowAsync<DatabaseRefusedException>(() => PrepareAsync(connectionString))).Message;
        message.ShouldStartWith($"The database {PostgreSqlLocation.Parse(connectionString, "test").Name} is refused: ");
        message.ShouldNotContain("\n");
        return message;
    }

    private static List<string> KnownMigrations()
    {
        using var context = new DesignTimeDbContextFactory().CreateDbContext([]);
        return [.. context.Database.GetMigrations()];
    }
}
