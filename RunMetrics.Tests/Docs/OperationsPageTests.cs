using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Docs;

/// <summary>The unit that <c>operations.md</c> shows, as systemd reads it.</summary>
public sealed class OperationsPageTests
{
    private const string Program = "/opt/runmetrics/RunMetrics.Api";

    private static string Unit => DocumentPage.ListBlocks("docs/operations.md", "ini").Single();

    [Test]
    public async Task Unit_is_accepted_by_systemd()
    {
        // It wants to see the program too, which is installed nowhere here.
        var (exitCode, said) = await AnalyzeAsync("verify", Unit.Replace(Program, "/bin/true", StringComparison.Ordinal));

        exitCode.ShouldBe(0, said);
        said.ShouldBeEmpty();
    }

    [Test]
    public async Task Unit_with_a_mistake_is_not_accepted_by_systemd()
    {
        var (_, said) = await AnalyzeAsync("verify", Unit.Replace("ProtectHome=yes", "ProtectHomes=yes", StringComparison.Ordinal));

        said.ShouldContain("ProtectHomes");
    }

    private static async Task<(int ExitCode, string Said)> AnalyzeAsync(string command, string unit)
    {
        Programs.Require("systemd-analyze");
        using var folder = new TemporaryFolder();
        var file = folder.File("runmetrics.service");
        await File.WriteAllTextAsync(file, unit);
        using var process = OwnedProcess.Start("systemd-analyze", [command, file]);
        var exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output + process.Errors);
    }
}
