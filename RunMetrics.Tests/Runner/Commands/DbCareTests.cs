using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Data.Sqlite;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary>What <c>runmetrics db</c> says and asks, and what it ends with.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DbCareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("runs.db");

    private string Backup => _folder.File("backup.db");

    [SetUp]
    public async Task FillDatabaseAsync()
    {
        await SqliteTestDatabase.WriteEmptyAsync(Database);
        FilledDatabase.Fill(Database, 3);
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Status_prints_a_name_and_a_value_a_line()
    {
        var status = await RunAsync("status");

        status.ExitCode.ShouldBe(ExitCodes.Done, status.Errors);
        var lines = status.Output.Split('\n').Select(line => line.Split(": ", 2, StringSplitOptions.TrimEntries)).ToDictionary(line => line[0], line => line[1], StringComparer.Ordinal);
        lines["database"].ShouldBe(Database);
        lines["runs"].ShouldBe("3");
        lines["open runs"].ShouldBe("0");
        lines["phase metrics"].ShouldBe("3");
        lines["schema"].ShouldEndWith(", that of this version");
        lines["oldest run"].ShouldBe("run-0000001, started 2026-01-12T10:00:00.000Z");
        lines["newest run"].ShouldBe("run-0000003, started 2026-01-12T10:00:00.000Z");
    }

    [Test]
    public async Task Status_as_json_is_one_object()
    {
        var status = await RunAsync("status", "--json");

        status.ExitCode.ShouldBe(ExitCodes.Done, status.Errors);
        using var json = JsonDocument.Parse(status.Output);
        json.RootElement.EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "database", "engine", "size_bytes", "log_size_bytes", "migration", "pending_migrations", "projects", "runs", "open_runs", "phase_metrics",
            "open_phase_metrics", "oldest_run", "newest_run",
        ]);
        json.RootElement.GetProperty("newest_run").GetRawText().ShouldBe("""{"started_at":"2026-01-12T10:00:00.000Z","id":"run-0000003"}""");
    }

    [TestCase("status")]
    [TestCase("backup FOLDER/backup.db")]
    [TestCase("prune --before 2026-01-01 --dry-run")]
    [TestCase("compact")]
    public async Task Missing_database_is_refused_and_not_made(string command)
    {
        File.Delete(Database);

        var refused = await RunAsync(command.Replace("FOLDER", _folder.Path, StringComparison.Ordinal).Split(' '));

        refused.ExitCode.ShouldBe(ExitCodes.BadUsage);
        refused.Errors.ShouldContain($"The database {Database} is refused: there is no such file.");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task Backup_and_restore_say_what_they_did()
    {
        var backup = await RunAsync("backup", Backup);
        SqliteTestDatabase.Rows(Database, "DELETE FROM runs WHERE id = 'run-0000001'");
        var restore = await RunAsync("restore", Backup, "--yes");

        backup.ExitCode.ShouldBe(ExitCodes.Done, backup.Errors);
        backup.Output.ShouldBe(FormattableString.Invariant($"{Backup}: 3 runs with 3 phase metrics, {new FileInfo(Backup).Length} bytes, verified"));
        restore.ExitCode.ShouldBe(ExitCodes.Done, restore.Errors);
        restore.Output.ShouldBe($"{Database}: 3 runs with 3 phase metrics, restored and verified");
    }

    [Test]
    public async Task Damaged_database_and_damaged_backup_list_their_problems_and_nothing_is_done()
    {
        await RunAsync("backup", Backup);
        SqliteTestDatabase.Rows(Backup, "UPDATE run_figures SET verdicts = 1");
        SqliteTestDatabase.Rows(Database, "DROP TRIGGER runs_delete");

        var backup = await RunAsync("backup", _folder.File("second.db"));
        var restore = await RunAsync("restore", Backup, "--yes");

        backup.ExitCode.ShouldBe(ExitCodes.Failed);
        backup.Output.ShouldContain("lacks the trigger runs_delete");
        backup.Errors.ShouldContain("no backup was made");
        File.Exists(_folder.File("second.db")).ShouldBeFalse();
        restore.ExitCode.ShouldBe(ExitCodes.Failed);
        restore.Output.ShouldContain("run_figures ('run-0000001'): stored verdicts=1, counted verdicts=0");
        restore.Errors.ShouldContain($"{Database} was not touched");
    }

    [TestCase("restore BACKUP")]
    [TestCase("prune --before 2027-01-01")]
    public async Task What_deletes_is_refused_where_nobody_can_be_asked(string command)
    {
        await RunAsync("backup", Backup);
        var before = SqliteTestDatabase.Dump(Database);

        var refused = await RunAsync(command.Replace("BACKUP", Backup, StringComparison.Ordinal).Split(' '));

        refused.ExitCode.ShouldBe(ExitCodes.BadUsage);
        refused.Errors.ShouldContain("--yes does it without asking");
        SqliteTestDatabase.Dump(Database).ShouldBe(before);
    }

    [TestCase("y", ExitCodes.Done, 0)]
    [TestCase("n", ExitCodes.Failed, 3)]
    [TestCase("", ExitCodes.Failed, 3)]
    public async Task Prune_on_a_terminal_asks_and_does_as_it_is_told(string answer, int exitCode, int runsAfter)
    {
        TerminalProcess.Require();
        using var terminal = StartOnTerminal("prune", "--before", "2027-01-01");
        var question = $"delete 3 runs with 3 phase metrics that ended before 2027-01-01T00:00:00.000Z from {Database}? [y/N]";
        await Eventually.TrueAsync(() => terminal.Screen.Rows.Any(row => row.StartsWith(question, StringComparison.Ordinal)));
        terminal.Screen.LiveRows.ShouldBeEmpty();

        await terminal.WriteLineAsync(answer);

        (await terminal.WaitForExitAsync()).ShouldBe(exitCode, string.Join('\n', terminal.Screen.Rows));
        SqliteTestDatabase.Rows(Database, "SELECT count(*) FROM runs").ShouldBe([FormattableString.Invariant($"{runsAfter}")]);
    }

    [Test]
    public async Task Restore_on_a_terminal_names_what_is_replaced_by_what()
    {
        TerminalProcess.Require();
        await RunAsync("backup", Backup);
        SqliteTestDatabase.Rows(Database, "DELETE FROM runs WHERE id = 'run-0000001'");
        using var terminal = StartOnTerminal("restore", Backup);
        var question = $"replace {Database} (2 runs with 2 phase metrics) by {Backup} (3 runs with 3 phase metrics)? [y/N]";
        await Eventually.TrueAsync(() => terminal.Screen.Rows.Any(row => row.StartsWith(question, StringComparison.Ordinal)));

        await terminal.WriteLineAsync("n");

        (await terminal.WaitForExitAsync()).ShouldBe(ExitCodes.Failed);
        SqliteTestDatabase.Rows(Database, "SELECT count(*) FROM runs").ShouldBe(["2"]);
    }

    [Test]
    public async Task Prune_dry_run_only_counts()
    {
        var counted = await RunAsync("prune", "--before", "2026-01-13", "--dry-run");

        counted.ExitCode.ShouldBe(ExitCodes.Done, counted.Errors);
        counted.Output.ShouldBe($"{Database}: 3 runs with 3 phase metrics that ended before 2026-01-13T00:00:00.000Z would be deleted");
        SqliteTestDatabase.Rows(Database, "SELECT count(*) FROM runs").ShouldBe(["3"]);
    }

    [TestCase("2026-01-12T11:00:00.001Z", 3)]
    [TestCase("2026-01-12T12:00:00+01:00", 0)]
    [TestCase("2026-01-12", 0)]
    public async Task Prune_says_what_it_deleted_and_what_gives_the_space_back(string before, int deleted)
    {
        var prune = await RunAsync("prune", "--before", before, "--yes");

        prune.ExitCode.ShouldBe(ExitCodes.Done, prune.Errors);
        var lines = prune.Output.Split('\n');
        lines[0].ShouldBe(FormattableString.Invariant($"{Database}: {deleted} runs with {deleted} phase metrics deleted"));
        lines.Skip(1).ShouldBe(deleted > 0 ? ["their space is used for new runs; `runmetrics db compact` gives it back"] : []);
    }

    [Test]
    public async Task Prune_interrupted_says_how_much_is_deleted()
    {
        Signals.RequireInterrupt();
        FilledDatabase.Fill(Database, 4, 12_000);
        using var process = RunnerCommand.Start("db", "prune", "--before", "2027-01-01", "--yes", "--database", Database);
        await Eventually.TrueAsync(() => process.HasEnded || SqliteTestDatabase.Rows(Database, "SELECT count(*) FROM runs") is not ["12000"]);

        await Signals.SendAsync("INT", process.Id);

        (await process.WaitForExitAsync()).ShouldBe(ExitCodes.Cancelled, process.Errors);
        var left = int.Parse(SqliteTestDatabase.Rows(Database, "SELECT count(*) FROM runs").Single(), System.Globalization.CultureInfo.InvariantCulture);
        process.Errors.ShouldContain(FormattableString.Invariant($"broken off: {12_000 - left} runs with {12_000 - left} phase metrics deleted; the same command again deletes the rest"));
    }

    [TestCase("prune", "Option '--before' is required.")]
    [TestCase("prune --before yesterday", "--before: 'yesterday' is no date; accepted: a date such as 2026-01-12, or an instant with its offset")]
    [TestCase("prune --before 2026-01-12T10:00:00", "--before: '2026-01-12T10:00:00' is no date")]
    [TestCase("backup", "Required argument missing")]
    public async Task Bad_usage_is_refused(string arguments, string message)
    {
        var refused = await RunAsync(arguments.Split(' '));

        refused.ExitCode.ShouldBe(ExitCodes.BadUsage);
        refused.Errors.ShouldContain(message);
    }

    [Test]
    public async Task Compact_says_how_much_space_there_was_and_is()
    {
        var compact = await RunAsync("compact");

        compact.ExitCode.ShouldBe(ExitCodes.Done, compact.Errors);
        compact.Output.ShouldEndWith(FormattableString.Invariant($" bytes before, {new FileInfo(Database).Length} bytes after, the log included"));
    }

    private Task<FinishedCommand> RunAsync(params string[] arguments) => RunnerCommand.RunAsync(["db", .. arguments, "--database", Database]);

    private TerminalProcess StartOnTerminal(params string[] arguments) => TerminalProcess.Start(
        ["dotnet", typeof(ExitCodes).Assembly.Location, "db", .. arguments, "--database", Database],
        columns: 300,
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["TERM"] = "xterm-256color" },
        _folder.Path);
}
