using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Data.Sqlite;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

[Parallelizable(ParallelScope.All)]
public sealed class DbCommandTests
{
    [Test]
    public async Task Verify_whole_database_in_use_says_so()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        using var writer = SqliteTestDatabase.OpenForeign(database.FilePath);
        SqliteTestDatabase.Rows(writer, "BEGIN IMMEDIATE; DELETE FROM runs");

        using var process = RunnerCommand.Start("db", "verify", "--database", database.FilePath);

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.Done, process.Errors);
        process.Output.ShouldBe($"{database.FilePath} is whole");
    }

    [Test]
    public async Task Verify_damaged_database_of_the_environment_lists_the_problems()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.Fill(database.FilePath, 600);
        FilledDatabase.DamagePhaseOf(database.FilePath, 300);

        using var process = RunnerCommand.StartIn($"Data Source={database.FilePath}", "db", "verify");

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.Failed, process.Errors);
        process.Output.ShouldNotBeEmpty();
        process.Errors.ShouldContain("is not whole");
        process.Errors.ShouldContain("restore it from a backup");
    }

    [Test]
    public async Task Verify_missing_file_is_refused()
    {
        using var folder = new TemporaryFolder();

        using var process = RunnerCommand.Start("db", "verify", "--database", folder.File("missing.db"));

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldContain("there is no such file");
        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [TestCase("db")]
    [TestCase("db mend")]
    [TestCase("db verify --database")]
    public async Task Db_bad_usage_is_refused(string arguments)
    {
        using var process = RunnerCommand.Start(arguments.Split(' '));

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldNotBeEmpty();
    }

    [Test]
    public async Task Verify_interrupted_ends_at_once()
    {
        Signals.RequireInterrupt();
        await using var database = await SqliteTestDatabase.CreateAsync();
        FilledDatabase.MakeVerificationEndless(database.FilePath);
        using var process = RunnerCommand.Start("db", "verify", "--database", database.FilePath);
        await Eventually.TrueAsync(() => File.Exists($"{database.FilePath}-shm") || process.HasEnded);

        await Signals.SendAsync("INT", process.Id);

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.Cancelled, process.Errors);
        process.Output.ShouldBeEmpty();
    }
}
