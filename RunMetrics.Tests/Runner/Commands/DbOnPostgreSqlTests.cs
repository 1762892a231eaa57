using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary><c>runmetrics db</c> on a database of a server: what it does itself, and what it leaves to PostgreSQL's own tools.</summary>
[NeedsPostgreSql]
public sealed class DbOnPostgreSqlTests
{
    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseKind.PostgreSql);
        _database.Rows("""
            INSERT INTO runs (id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES
                ('old', 'a', 'wo', 'succeeded', 1, '2025-01-01Z', '2025-01-02Z'), ('open', 'a', 'wo', 'running', 1, '2025-01-01Z', NULL);
            INSERT INTO run_phase_metrics (id, run_id, phase, iteration, started_at) VALUES ('old.1', 'old', 'setup', 1, '2025-01-01Z')
            """);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Test]
    public async Task Prune_deletes_what_status_no_longer_counts_and_verify_finds_whole()
    {
        var dryRun = await RunAsync("prune", "--before", "2026-01-01", "--dry-run");
        var before = await RunAsync("status");
        var pruned = await RunAsync("prune", "--before", "2026-01-01", "--yes");
        var after = await RunAsync("status");
        var verified = await RunAsync("verify");

        dryRun.ShouldContain("1 run with 1 phase metric that ended before");
        before.ShouldContain("runs:               2");
        pruned.ShouldEndWith("1 run with 1 phase metric deleted");
        after.ShouldContain("runs:               1");
        after.ShouldContain("engine:             PostgreSQL ");
        verified.ShouldEndWith("is whole");
        _database.Rows("SELECT id FROM runs").ShouldBe(["open"]);
    }

    [TestCase("backup FILE", "pg_dump")]
    [TestCase("restore FILE --yes", "pg_restore")]
    [TestCase("compact", "VACUUM")]
    public async Task What_the_server_does_itself_is_refused_with_the_name_of_its_tool(string command, string tool)
    {
        using var folder = new TemporaryFolder();

        var refused = await RunnerCommand.RunAsync(["db", .. command.Replace("FILE", folder.File("file"), StringComparison.Ordinal).Split(' '), "--database", _database.Target]);

        refused.ExitCode.ShouldBe(ExitCodes.BadUsage);
        refused.Errors.Split('\n')[^1].ShouldContain($"PostgreSQL's own means, here {tool}; see docs/databases.md");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var command = await RunnerCommand.RunAsync(["db", .. arguments, "--database", _database.Target]);
        command.ExitCode.ShouldBe(ExitCodes.Done, command.Errors);
        return command.Output;
    }
}
