using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[NeedsPostgreSql]
public sealed class PostgreSqlSchemaTests
{
    private const string Columns = """
        SELECT column_name, data_type || coalesce('(' || datetime_precision || ')', ''), is_nullable, column_default, collation_name
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{0}' ORDER BY ordinal_position
        """;

    private PostgreSqlTestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await PostgreSqlTestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Model_compared_with_the_migrations_has_no_pending_change()
    {
        await using var context = await _database.Contexts.CreateDbContextAsync();

        context.Database.HasPendingModelChanges().ShouldBeFalse();
    }

    [Test]
    public void Triggers_and_functions_are_those_that_the_schema_makes()
    {
        _database.Rows(CountSchema.MissingTriggers).ShouldBeEmpty();
        _database.Rows(CountSchema.ChangedFunctions).ShouldBeEmpty();
        _database.Rows("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").ShouldBe(["14"]);
        _database.Rows("SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND array_to_string(proconfig, ',') NOT LIKE 'search_path=%'")
            .ShouldBeEmpty();
    }

    [Test]
    public void PhaseMetrics_their_columns_are_those_that_were_given_in_the_types_of_PostgreSQL() =>
        _database.Rows(Columns.Replace("{0}", "run_phase_metrics", StringComparison.Ordinal)).ShouldBe(
        [
            "id|text|NO|NULL|C",
            "run_id|text|NO|NULL|C",
            "phase|text|NO|NULL|C",
            "iteration|integer|NO|1|NULL",
            "started_at|timestamp with time zone(3)|NO|NULL|NULL",
            "ended_at|timestamp with time zone(3)|YES|NULL|NULL",
            "duration_seconds|integer|YES|NULL|NULL",
            "outcome|text|YES|NULL|C",
            "metadata|json|YES|NULL|NULL",
        ]);

    [Test]
    public void Runs_their_columns_are_what_the_metrics_need_in_the_types_of_PostgreSQL() =>
        _database.Rows(Columns.Replace("{0}", "runs", StringComparison.Ordinal)).ShouldBe(
        [
            "id|text|NO|NULL|C",
            "project_id|text|NO|NULL|C",
            "work_order_id|text|NO|NULL|C",
            "status|text|NO|NULL|C",
            "iteration|integer|NO|1|NULL",
            "started_at|timestamp with time zone(3)|NO|NULL|NULL",
            "ended_at|timestamp with time zone(3)|YES|NULL|NULL",
        ]);

    [Test]
    public void Columns_of_text_of_every_table_sort_by_bytes() =>
        _database.Rows("""
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = 'text' AND table_name <> '__EFMigrationsHistory' AND collation_name IS DISTINCT FROM 'C'
            """).ShouldBeEmpty();

    [Test]
    public async Task Migration_undone_leaves_nothing_and_can_be_applied_again()
    {
        var location = PostgreSqlLocation.Parse(await PostgreSqlTestDatabase.CreateEmptyAsync(), "test");
        await using var services = TestDatabase.Compose(location, TimeProvider.System);
        var database = services.GetRequiredService<RunMetricsDatabase>();
        await database.PrepareAsync(CancellationToken.None);
        await using var context = await services.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>().CreateDbContextAsync();

        await context.Database.MigrateAsync("0");

        Foreign.Rows(location.ConnectionString, "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')")
            .ShouldBe(["__EFMigrationsHistory"]);
        Foreign.Rows(location.ConnectionString, "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace").ShouldBeEmpty();
        await Should.NotThrowAsync(() => database.PrepareAsync(CancellationToken.None));
    }

    /// <summary>In English a capital stands beside its small letter, and a hyphen counts for little.</summary>
    [Test]
    public async Task Queries_in_a_database_that_sorts_by_a_language_sort_by_bytes()
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        await server.ExecuteAsync("CREATE DATABASE english LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0");
        var location = PostgreSqlLocation.Parse(server.ConnectionStringOf("english"), "test");
        await using var services = TestDatabase.Compose(location, TimeProvider.System);
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
        string[] names = ["b", "a", "B", "A-b", "Aa", "_", "1"];

        await services.GetRequiredService<IRunMetricsStore>().WriteAsync(
            [.. names.SelectMany(name => new Fact[] { SampleFacts.Run(name) with { ProjectId = name }, SampleFacts.ClosedPhase(name, "b") })], CancellationToken.None);

        var queries = services.GetRequiredService<RunMetricsQueries>();
        var metrics = (await queries.ListPhaseMetricsAsync("b", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
        metrics.Select(metric => metric.Id).ShouldBe(names.Order(StringComparer.Ordinal));
        Foreign.Rows(location.ConnectionString, "SELECT project_id FROM projects ORDER BY project_id").ShouldBe(names.Order(StringComparer.Ordinal));
        Foreign.Rows(location.ConnectionString, "SELECT name FROM (VALUES ('b'), ('B'), ('a')) AS names (name) ORDER BY name").ShouldBe(["a", "b", "B"]);
    }
}
