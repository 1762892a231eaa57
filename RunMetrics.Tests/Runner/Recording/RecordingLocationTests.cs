using System.Text.Json.Nodes;
using Npgsql;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Recording;

[Parallelizable(ParallelScope.All)]
public sealed class RecordingLocationTests
{
    [Test]
    public async Task Run_with_a_connection_string_opens_the_database_with_all_its_options()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.RunAsync();

        var run = Start(sandbox, "Data Source=metrics.db;Vfs=no-such-vfs");
        var exitCode = await run.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage, run.Errors);
        run.Errors.ShouldContain("no-such-vfs");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Resume_goes_on_in_the_database_and_with_the_options_of_the_start(bool isStateOfAnEarlierVersion)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var lost = Start(sandbox, "Data Source=metrics.db;Pooling=False;Default Timeout=5", builder: sandbox.Hold("builder"));
        await sandbox.WaitForFileAsync("builder.started");
        var runId = await RunnerSandbox.WaitForRunIdAsync(lost);
        await lost.KillAsync();
        sandbox.Touch("builder.go");
        var stateFile = Path.Combine(sandbox.Home, "runs", runId, "state.json");
        var state = JsonNode.Parse(await File.ReadAllTextAsync(stateFile))!;
        var recordedTo = state["plan"]!["recorded_to"]!;
        recordedTo["connection_string"]!.GetValue<string>().ShouldBe($"Data Source={sandbox.DatabaseFile};Default Timeout=5;Pooling=False");
        if (isStateOfAnEarlierVersion)
        {
            state["plan"]!["recorded_to"] = new JsonObject { ["database_file"] = sandbox.DatabaseFile, ["server"] = null };
            await File.WriteAllTextAsync(stateFile, state.ToJsonString());
        }

        var run = await sandbox.FinishAsync(sandbox.Start("resume", runId));

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases[..3].ShouldBe(["setup 1 success", "builder 1 failed", "builder 1 success"]);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Run_records_into_a_postgresql_database_of_the_option_or_of_the_environment(bool isOption)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.PostgreSql);
        using var sandbox = await RunnerSandbox.CreateAsync(database.Target);

        var run = await sandbox.FinishAsync(
            isOption ? sandbox.StartRun(builder: "echo more >> app.txt") : Start(sandbox, database.Target, builder: "echo more >> app.txt"));

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Errors);
        run.Output.Split('\n')[0].ShouldBe($"recording into {database.Location.Name}");
        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Phases.ShouldBe(["setup 1 success", "builder 1 success", "test 1 success", "reviewer 1 approved", "merge 1 success"]);
        File.Exists(sandbox.DatabaseFile).ShouldBeFalse();
    }

    [TestCase(false)]
    [TestCase(true, Description = "The other wording of the same database.")]
    public async Task Resume_in_a_postgresql_database_takes_the_password_from_the_environment_and_keeps_it_nowhere(bool isAddress)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.PostgreSql);
        using var sandbox = await RunnerSandbox.CreateAsync(database.Target);
        var connectionString = new NpgsqlConnectionStringBuilder(database.Target) { Username = PostgreSqlServer.UserWithPassword, Password = PostgreSqlServer.Password };
        var address = $"postgresql://{PostgreSqlServer.UserWithPassword}:{PostgreSqlServer.Password}@{connectionString.Host}:{connectionString.Port}/{connectionString.Database}";
        var lost = Start(sandbox, connectionString.ConnectionString, builder: sandbox.Hold("builder"));
        await sandbox.WaitForFileAsync("builder.started");
        var runId = await RunnerSandbox.WaitForRunIdAsync(lost);
        await lost.KillAsync();
        sandbox.Touch("builder.go");
        var kept = Directory.GetFiles(Path.Combine(sandbox.Home, "runs"), "*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetFileName(file), Text: File.ReadAllText(file)))
            .ToList();

        var without = sandbox.Start("resume", runId);
        var exitCodeWithout = await without.WaitForExitAsync();
        var run = await sandbox.FinishAsync(sandbox.StartIn(isAddress ? address : connectionString.ConnectionString, "resume", runId));

        kept.ShouldContain(file => file.Name == "state.json" && file.Text.Contains(PostgreSqlServer.UserWithPassword, StringComparison.Ordinal));
        kept.ShouldNotContain(file => file.Text.Contains(PostgreSqlServer.Password, StringComparison.Ordinal));
        exitCodeWithout.ShouldBe(ExitCodes.BadUsage);
        without.Errors.ShouldContain("is refused: ");
        without.Errors.ShouldContain("password");
        run.ExitCode.ShouldBe(ExitCodes.Done, run.Errors);
        run.Phases[..3].ShouldBe(["setup 1 success", "builder 1 failed", "builder 1 success"]);
        $"{lost.Output}{lost.Errors}{run.Output}{run.Errors}".ShouldNotContain(PostgreSqlServer.Password);
    }

    private static OwnedProcess Start(RunnerSandbox sandbox, string connectionString, string builder = "true") => sandbox.StartIn(
        connectionString,
        "run", "--repo", sandbox.Repository, "--work-order", "WO:1", "--builder", builder, "--test", "true", "--reviewer", "true");
}
