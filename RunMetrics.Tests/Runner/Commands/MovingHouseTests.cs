using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using NUnit.Framework;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary><c>runmetrics export | runmetrics import</c> from a SQLite file into a PostgreSQL database, and back into a new file.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class MovingHouseTests
{
    private const int ManyRuns = 6_000;

    private TemporaryFolder _folder = null!;
    private TestDatabase _file = null!;
    private TestDatabase _server = null!;

    [SetUp]
    public async Task CreateDatabasesAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("The pipe needs a POSIX shell.");
        }

        _folder = new TemporaryFolder();
        _file = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _server = await TestDatabase.CreateAsync(DatabaseKind.PostgreSql);
    }

    [TearDown]
    public async Task DeleteDatabasesAsync()
    {
        _folder?.Dispose();
        foreach (var database in new[] { _file, _server }.OfType<TestDatabase>())
        {
            await database.DisposeAsync();
        }
    }

    [Test]
    public async Task Facts_moved_into_a_server_by_two_attempts_and_back_into_a_file_are_the_same_facts_and_figures()
    {
        string[] lines =
        [
            .. await File.ReadAllLinesAsync(SampleFacts.FilePath),
            .. EdgeFacts.Accepted,
            .. Enumerable.Range(0, ManyRuns).Select(number => FactLines.Run(string.Create(CultureInfo.InvariantCulture, $"r{number}"))),
        ];
        _file.Time.Advance(TimeSpan.FromDays(30));
        var imported = await new FactImport(_file.Service).RunAsync(
            PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)))), ProjectAccess.All, onRejected: null, CancellationToken.None);
        imported.Accepted.ShouldBe(lines.Length);
        var old = await AskAsync(_file.Target);
        await KillImportAsync(old[0]);
        var stored = CountFacts();

        var there = await MoveAsync(_file.Target, _server.Target);
        var back = await MoveAsync(_server.Target, _folder.File("new.db"));

        there.ShouldBe(Stored(lines.Length - stored, unchanged: stored));
        back.ShouldBe(Stored(lines.Length, unchanged: 0));
        (await AskAsync(_server.Target)).ShouldBe(old);
        (await AskAsync(_folder.File("new.db"))).ShouldBe(old);
    }

    private static string Stored(int stored, int unchanged) =>
        string.Create(CultureInfo.InvariantCulture, $"{stored} facts stored, {unchanged} unchanged, 0 refused");

    private static async Task<string> MoveAsync(string from, string to)
    {
        using var pipe = OwnedProcess.Start(
            "sh",
            ["-c", """dotnet "$0" export --database "$1" | dotnet "$0" import - --database "$2" """, typeof(ExitCodes).Assembly.Location, from, to]);
        (await pipe.WaitForExitAsync()).ShouldBe(ExitCodes.Done, pipe.Errors);
        return pipe.Output;
    }

    /// <summary>All facts and all figures of a database.</summary>
    private static async Task<string[]> AskAsync(string database)
    {
        var export = await RunnerCommand.RunAsync("export", "--database", database);
        var statistics = await RunnerCommand.RunAsync("stats", "--json", "--group-by", "model", "--database", database);
        (export.ExitCode, statistics.ExitCode).ShouldBe((ExitCodes.Done, ExitCodes.Done), export.Errors + statistics.Errors);
        return [export.Output, statistics.Output];
    }

    /// <summary>Begins to import into the server, and is killed once something is there.</summary>
    private async Task KillImportAsync(string lines)
    {
        await File.WriteAllTextAsync(_folder.File("facts.ndjson"), lines);
        using var import = RunnerCommand.Start("import", _folder.File("facts.ndjson"), "--database", _server.Target);
        await Eventually.TrueAsync(() => CountFacts() > 0);

        await import.KillAsync();

        // What was sent before the end may still be stored.
        await Eventually.TrueAsync(() =>
            _server.Rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'RunMetrics'") is ["0"]);
    }

    private int CountFacts() =>
        int.Parse(_server.Rows("SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM run_phase_metrics)")[0], CultureInfo.InvariantCulture);
}
