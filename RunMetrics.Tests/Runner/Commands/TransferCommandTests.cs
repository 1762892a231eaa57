using System.Globalization;
using System.Text;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary><c>runmetrics export</c> and <c>runmetrics import</c>, with a database and with a server.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TransferCommandTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Export_imported_into_a_database_and_a_server_is_exported_from_both_as_it_was()
    {
        var facts = (await File.ReadAllLinesAsync(SampleFacts.FilePath)).Length;
        await using var firstDatabase = await TestDatabase.CreateAsync(Kind);
        await using var secondDatabase = await TestDatabase.CreateAsync(Kind);
        string[] first = ["--database", firstDatabase.Target];
        string[] second = ["--database", secondDatabase.Target];
        string[] server = ["--server", Api.Address.AbsoluteUri];

        await SucceedAsync(["import", SampleFacts.FilePath, .. first], $"{facts} facts stored, 0 unchanged, 0 refused");
        var exported = await ExportAsync("first.ndjson", first);
        await SucceedAsync(["import", _folder.File("first.ndjson"), .. second], $"{facts} facts stored, 0 unchanged, 0 refused");
        await SucceedAsync(["import", _folder.File("first.ndjson"), .. server], $"{facts} facts stored, 0 unchanged, 0 refused");
        await SucceedAsync(["import", _folder.File("first.ndjson"), .. server], $"0 facts stored, {facts} unchanged, 0 refused");

        exported.Count(character => character == '\n').ShouldBe(facts);
        (await ExportAsync("second.ndjson", second)).ShouldBe(exported);
        (await ExportAsync("third.ndjson", server)).ShouldBe(exported);
    }

    [Test]
    public async Task Export_goes_to_standard_output_and_import_comes_from_standard_input()
    {
        await using var sourceDatabase = await TestDatabase.CreateAsync(Kind);
        await using var targetDatabase = await TestDatabase.CreateAsync(Kind);
        string[] source = ["--database", sourceDatabase.Target];
        string[] target = ["--database", targetDatabase.Target];
        await RunnerCommand.RunAsync(["import", SampleFacts.FilePath, .. source]);

        var export = await RunnerCommand.RunAsync(["export", "--project", "acme/shop", "--since", "2026-02-02T09:00:00Z", .. source]);
        using var import = RunnerCommand.Start(["import", "-", .. target]);
        await import.WriteInputAsync(Encoding.UTF8.GetBytes(export.Output));

        (await import.WaitForExitAsync()).ShouldBe(ExitCodes.Done, import.Errors);
        var lines = export.Output.Split('\n');
        lines.ShouldAllBe(line => line.StartsWith("{\"run\":", StringComparison.Ordinal) || line.StartsWith("{\"phase_metric\":", StringComparison.Ordinal));
        lines.Length.ShouldBeInRange(1, (await File.ReadAllLinesAsync(SampleFacts.FilePath)).Length - 1);
        export.Errors.ShouldBe($"{lines.Length} facts exported");
        import.Output.ShouldBe($"{lines.Length} facts stored, 0 unchanged, 0 refused");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Import_keeps_every_refused_line_as_it_stood_in_a_file_and_says_why(bool toServer)
    {
        await using var database = await TestDatabase.CreateAsync(Kind);
        var (run, file) = (NewId(), _folder.File("facts.ndjson"));
        var refused = Enumerable.Range(0, 150).Select(number => FactLines.Metric("nobody", string.Create(CultureInfo.InvariantCulture, $"{run}.{number}"))).ToArray();
        await File.WriteAllLinesAsync(file, [.. refused.Append("no fact, {é}").Prepend(FactLines.Run(run))]);
        string[] import = ["import", file, .. toServer ? ["--server", Api.Address.AbsoluteUri] : (string[])["--database", database.Target]];

        var first = await RunnerCommand.RunAsync(import);
        var again = await RunnerCommand.RunAsync(import);

        (first.ExitCode, again.ExitCode).ShouldBe((ExitCodes.Failed, ExitCodes.Failed));
        first.Output.ShouldBe("1 facts stored, 0 unchanged, 151 refused");
        again.Output.ShouldBe("0 facts stored, 1 unchanged, 151 refused");
        var errors = first.Errors.Split('\n');
        errors[0].ShouldBe("line 2: run_id is 'nobody'; accepted: the id of a recorded run.");
        errors[20..].ShouldBe(["and 131 more", $"the refused lines stand in {file}.rejected: mend and import them"]);
        (await File.ReadAllLinesAsync($"{file}.rejected")).ShouldBe([.. refused, "no fact, {é}"]);
        (await File.ReadAllBytesAsync($"{file}.rejected.2")).ShouldBe(await File.ReadAllBytesAsync($"{file}.rejected"));
    }

    [Test]
    public async Task Import_that_is_killed_and_made_again_stores_every_fact_once()
    {
        const int runs = 20_000;
        await using var database = await TestDatabase.CreateAsync(Kind);
        var file = _folder.File("facts.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, runs).Select(number => FactLines.Run(string.Create(CultureInfo.InvariantCulture, $"r{number}"))));
        using var killed = RunnerCommand.Start("import", file, "--database", database.Target);
        await Eventually.TrueAsync(() => CountRuns(database) > 0);

        await killed.KillAsync();
        var stored = CountRuns(database);
        var again = await RunnerCommand.RunAsync("import", file, "--database", database.Target);

        again.ExitCode.ShouldBe(ExitCodes.Done, again.Errors);
        again.Output.ShouldBe(string.Create(CultureInfo.InvariantCulture, $"{runs - stored} facts stored, {stored} unchanged, 0 refused"));
        CountRuns(database).ShouldBe(runs);
    }

    [Test]
    public async Task Export_that_fails_leaves_no_file_and_an_older_one_as_it_was()
    {
        await File.WriteAllTextAsync(_folder.File("old.ndjson"), "old");

        foreach (var file in new[] { "new.ndjson", "old.ndjson" })
        {
            var export = await RunnerCommand.RunAsync("export", "--server", $"{Api.Address}elsewhere", "--output", _folder.File(file));

            export.ExitCode.ShouldBe(ExitCodes.Failed);
            export.Errors.ShouldContain("answered 404 NotFound");
        }

        Directory.EnumerateFiles(_folder.Path).ShouldBe([_folder.File("old.ndjson")]);
        (await File.ReadAllTextAsync(_folder.File("old.ndjson"))).ShouldBe("old");
    }

    private static int CountRuns(TestDatabase database) => int.Parse(database.Rows("SELECT count(*) FROM runs")[0], CultureInfo.InvariantCulture);

    private static async Task SucceedAsync(string[] arguments, string output)
    {
        var command = await RunnerCommand.RunAsync(arguments);

        command.ShouldBe(new FinishedCommand(ExitCodes.Done, output, ""));
    }

    private async Task<string> ExportAsync(string file, string[] source)
    {
        var export = await RunnerCommand.RunAsync(["export", "--output", _folder.File(file), .. source]);

        export.ExitCode.ShouldBe(ExitCodes.Done, export.Errors);
        export.Output.ShouldBeEmpty();
        return await File.ReadAllTextAsync(_folder.File(file));
    }
}
