using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class RefusalTests
{
    [TestCase("--repo", "no-such-folder", "there is no folder")]
    [TestCase("--repo", ".", "is not a git repository")]
    [TestCase("--base", "nowhere", "has no local branch 'nowhere'")]
    [TestCase("--work-order", "a b", "accepted: 1 to 128")]
    [TestCase("--project", "a b", "accepted: 1 to 128")]
    [TestCase("--builder", " ", "--builder is empty")]
    [TestCase("--test", "no-such-program --fast", "'no-such-program', which is not found")]
    [TestCase("--reviewer", "if true", "--reviewer is no command that /bin/sh can read")]
    [TestCase("--max-iterations", "0", "from 1 to 1000")]
    [TestCase("--max-iterations", "many", "many")]
    [TestCase("--phase-timeout", "soon", "accepted: a number of seconds")]
    [TestCase("--phase-timeout", "NaN", "--phase-timeout: 'NaN' is no time; accepted: a number of seconds")]
    [TestCase("--database", "no-such-folder/metrics.db", "does not exist")]
    public async Task Run_with_bad_input_is_refused_before_anything_is_touched(string option, string value, string message)
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--repo"] = sandbox.Repository,
            ["--database"] = sandbox.DatabaseFile,
            ["--work-order"] = "WO-1",
            ["--builder"] = $"touch '{sandbox.File("touched")}'",
            ["--test"] = "true",
            ["--reviewer"] = "true",
            [option] = value,
        };

        var process = sandbox.Start(["run", .. options.SelectMany(pair => new[] { pair.Key, pair.Value })]);
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldContain(message);
        process.Output.ShouldBeEmpty();
        File.Exists(sandbox.File("touched")).ShouldBeFalse();
        Directory.Exists(sandbox.Home).ShouldBeFalse();
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Run_without_its_options_or_command_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();

        var withoutOptions = sandbox.Start("run");
        var unknown = sandbox.Start("walk");

        (await withoutOptions.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        withoutOptions.Errors.ShouldContain("--builder");
        (await unknown.WaitForExitAsync()).ShouldBe(ExitCodes.BadUsage);
        unknown.Errors.ShouldContain("walk");
        withoutOptions.Errors.ShouldEndWith("See: runmetrics run --help");
        unknown.Errors.ShouldEndWith("See: runmetrics --help");
    }

    [Test]
    public async Task Run_on_a_dirty_checkout_of_the_base_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await File.AppendAllTextAsync(Path.Combine(sandbox.Repository, "app.txt"), "mine\n");

        var process = sandbox.StartRun();
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldContain("not committed (app.txt)");
        File.Exists(sandbox.DatabaseFile).ShouldBeFalse();
    }

    [Test]
    public async Task Run_into_a_database_that_cannot_be_written_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await sandbox.RunAsync();
        new FileInfo(sandbox.DatabaseFile).IsReadOnly = true;

        var process = sandbox.StartRun();
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldContain("is read-only; make it writable or set another file");
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Run_into_a_file_that_is_no_database_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        await File.WriteAllTextAsync(sandbox.DatabaseFile, "these are my notes, and no database at all");

        var process = sandbox.StartRun();
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldContain("is not a SQLite database");
        await sandbox.ShouldBeCleanAsync();
    }
}
