using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>Programs that connect as roles with few rights.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[NeedsPostgreSql]
public sealed class PostgreSqlRightsTests
{
    private PostgreSqlTestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await PostgreSqlTestDatabase.CreateAsync();

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public async Task PrepareAsync_role_that_may_not_connect_is_refused()
    {
        await using var services = Compose(await MakeRoleAsync("stranger", "NOLOGIN", grants: null));

        (await RefusalAsync(services)).ShouldContain("the server lets nobody in like this (role \"stranger\" is not permitted to log in)");
    }

    [Test]
    public async Task PrepareAsync_role_that_the_server_does_not_let_in_is_refused()
    {
        await using var services = Compose($"{await MakeRoleAsync(PostgreSqlServer.UnwelcomeUser, "LOGIN", "SELECT")};Pooling=False");

        (await RefusalAsync(services)).ShouldContain("the server lets nobody in like this (pg_hba.conf rejects connection");
    }

    [Test]
    public async Task PrepareAsync_role_that_may_not_create_tables_is_refused_on_an_empty_database()
    {
        await MakeRoleAsync("guest", "LOGIN", grants: null);
        await using var services = Compose(Foreign.As("guest", await PostgreSqlTestDatabase.CreateEmptyAsync()));

        (await RefusalAsync(services)).ShouldContain("the user lacks a right (permission denied for schema public)");
    }

    [Test]
    public async Task PrepareAsync_role_without_any_right_is_refused()
    {
        await using var services = Compose(await MakeRoleAsync("nobody_here", "LOGIN", grants: null));

        (await RefusalAsync(services)).ShouldContain("the user lacks a right (permission denied for table __EFMigrationsHistory)");
    }

    [Test]
    public async Task Role_that_only_writes_starts_records_and_counts()
    {
        var connectionString = await MakeRoleAsync("recorder", "LOGIN", "SELECT, INSERT, UPDATE, DELETE");
        await using var services = Compose(connectionString);

        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
        await services.GetRequiredService<IRunMetricsStore>().WriteAsync([SampleFacts.EndedRun(), SampleFacts.ClosedPhase()], CancellationToken.None);
        await services.GetRequiredService<IRunMetricsStore>().WriteAsync([SampleFacts.Run("run-2")], CancellationToken.None);
        Foreign.Rows(connectionString, "SELECT count_changes()::text");
        (await services.GetRequiredService<IRunMetricsStore>().DeleteRunAsync("run-2", ProjectAccess.All, CancellationToken.None)).ShouldBeTrue();

        _database.Rows("SELECT runs FROM run_counts WHERE project = 0 ORDER BY status").ShouldBe(["1", "1"]);
        (await RunMetricsDatabase.VerifyAsync(PostgreSqlLocation.Parse(connectionString, "test"), progress: null, CancellationToken.None)).ShouldBeEmpty();
        var exception = await Should.ThrowAsync<DatabaseRefusedException>(
            () => RunMetricsDatabase.RebuildAsync(PostgreSqlLocation.Parse(connectionString, "test"), progress: null, CancellationToken.None));
        exception.Message.ShouldContain("the user lacks a right (");
    }

    [Test]
    public async Task Role_that_only_reads_starts_and_answers_and_says_why_it_does_not_write()
    {
        await _database.Store.WriteAsync([SampleFacts.EndedRun(), SampleFacts.ClosedPhase()], CancellationToken.None);
        var connectionString = await MakeRoleAsync("reader", "LOGIN", "SELECT");
        await using var services = Compose(connectionString);

        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);

        var run = await services.GetRequiredService<RunMetricsQueries>().FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        run.ShouldNotBeNull().ProjectId.ShouldBe("bop");
        (await RunMetricsDatabase.VerifyAsync(PostgreSqlLocation.Parse(connectionString, "test"), progress: null, CancellationToken.None)).ShouldBeEmpty();
        var exception = await Should.ThrowAsync<StoreUnavailableException>(
            () => services.GetRequiredService<IRunMetricsStore>().WriteAsync([SampleFacts.Run("run-2")], CancellationToken.None));
        exception.Message.ShouldContain("the user lacks a right (permission denied for table runs)");
    }

    [Test]
    public async Task Api_of_a_role_that_only_reads_listens_and_answers_writes_with_503()
    {
        var connectionString = await MakeRoleAsync("api_reader", "LOGIN", "SELECT");
        using var api = await ApiProcess.StartAsync(connectionString);

        var refused = await ApiAnswer.ImportAsync(api.Client, FactLines.Run("r"));
        var read = await ApiAnswer.GetAsync(api.Client, "runs/r");

        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, refused.Body);
        Problem.Read(refused).Detail.ShouldNotBeNull().ShouldContain("the user lacks a right");
        read.Status.ShouldBe(HttpStatusCode.NotFound, read.Body);
    }

    private static ServiceProvider Compose(string connectionString) =>
        TestDatabase.Compose(PostgreSqlLocation.Parse(connectionString, "test"), TimeProvider.System);

    private static async Task<string> RefusalAsync(IServiceProvider services) => (await Should.ThrowAsync<DatabaseRefusedException>(
        () => services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None))).Message;

    /// <summary>Makes a role, and says how to connect as it.</summary>
    private async Task<string> MakeRoleAsync(string name, string options, string? grants)
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        await server.ExecuteAsync($"CREATE ROLE {name} {options}");
        if (grants is not null)
        {
            _database.Rows($"GRANT {grants} ON ALL TABLES IN SCHEMA public TO {name}");
        }

        return Foreign.As(name, _database.Target);
    }
}
