using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary>What is refused before any database is asked.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BadUsageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestCase("--limit 0", "--limit: '0' is not accepted; accepted are whole numbers from 1 to 200.")]
    [TestCase("--limit 201", "--limit: '201' is not accepted; accepted are whole numbers from 1 to 200.")]
    [TestCase("--since 2026-01-02T00:00:00Z --until 2026-01-01T00:00:00Z", "is before --since")]
    public async Task Runs_of_bad_usage_are_refused(string options, string message)
    {
        var runs = await RunnerCommand.RunAsync(["runs", "--database", _folder.File("missing.db"), .. options.Split(' ')]);

        runs.ExitCode.ShouldBe(ExitCodes.BadUsage);
        runs.Errors.ShouldContain(message);
    }

    [TestCase("--status done", "--status: 'done' is no status; accepted: running, succeeded, failed, cancelled.")]
    [TestCase("--label model:opus", "--label: 'model:opus' is no label; accepted: NAME=VALUE, such as model=opus.")]
    [TestCase("--group-by label:", "--group-by: 'label:' is no name of a label; accepted: names of 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("--as-of yesterday", "--as-of: 'yesterday' is no instant; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase("--projects a", "Unrecognized command or argument '--projects'.")]
    public async Task Stats_of_bad_usage_are_refused(string options, string message)
    {
        var stats = await RunnerCommand.RunAsync(["stats", "--database", _folder.File("missing.db"), .. options.Split(' ')]);

        stats.ExitCode.ShouldBe(ExitCodes.BadUsage);
        stats.Errors.ShouldContain(message);
    }

    [TestCase("export --server http://localhost:1 --output FOLDER", "is a folder; name a file.")]
    [TestCase("export --database FOLDER/missing.db", "there is no such file")]
    [TestCase("export --server localhost:5080", "--server: 'localhost:5080' is no address")]
    [TestCase("export --project =", "--project: '=' is no id; accepted: 1 to 128 of A-Z a-z 0-9 . _ : / -.")]
    [TestCase("export --since 2026-01-12", "--since: '2026-01-12' is no instant; accepted: an instant with its offset")]
    [TestCase(
        "export --since 2026-01-13T00:00:00Z --until 2026-01-12T00:00:00Z",
        "--until: '2026-01-12T00:00:00.000Z' is before --since; accepted: an instant at or after 2026-01-13T00:00:00.000Z.")]
    [TestCase("import", "Required argument missing")]
    [TestCase("import FOLDER/missing.ndjson", "missing.ndjson: there is no such file.")]
    [TestCase("import SAMPLE --rejected FOLDER", "is there already; name a new file.")]
    [TestCase("import SAMPLE --server http://localhost:1 --database FOLDER/runs.db", "--server and --database exclude each other")]
    public async Task Transfer_of_bad_usage_is_refused_and_makes_no_file(string arguments, string message)
    {
        var command = await RunnerCommand.RunAsync(arguments.Split(' ').Select(argument => argument
            .Replace("FOLDER", _folder.Path, StringComparison.Ordinal)
            .Replace("SAMPLE", SampleFacts.FilePath, StringComparison.Ordinal)));

        command.ExitCode.ShouldBe(ExitCodes.BadUsage);
        command.Errors.ShouldContain(message);
        command.Output.ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }
}
