using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Packages;

/// <summary>What <c>dotnet publish</c> makes of the API, started as on a machine without .NET.</summary>
[Platform("Linux")]
public sealed class PublishedApiTests
{
    private static readonly Dictionary<string, string?> WithoutDotnet = new(StringComparer.Ordinal)
    {
        ["PATH"] = "/usr/bin:/bin",
        ["DOTNET_ROOT"] = "/nonexistent",
        ["DOTNET_ROOT_X64"] = "/nonexistent",
        ["DOTNET_HOST_PATH"] = null,
    };

    [Test]
    public async Task Published_api_starts_with_nothing_but_its_folder()
    {
        using var folder = new TemporaryFolder();
        var published = Directory.CreateDirectory(folder.File("published")).FullName;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

        // To compile all ahead of time takes minutes, and changes only how fast it starts.
        using var publish = OwnedProcess.Start(
            "dotnet", ["publish", Repository.File("RunMetrics.Api"), "--configuration", configuration, "-p:PublishReadyToRun=false", "--output", published]);
        (await publish.WaitForExitAsync(OwnedProcess.BuildTimeLimit)).ShouldBe(0, publish.Output);

        using var api = await ApiProcess.WaitUntilListeningAsync(OwnedProcess.Start(
            Path.Combine(published, "RunMetrics.Api"), ["--urls", "http://127.0.0.1:0", "--database", folder.File("runs.db")], WithoutDotnet));
        using var answer = await api.Client.GetAsync(new Uri("health/ready", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var loaded = LoadedFiles.PathsOf(api.Id)
            .Where(file => file.EndsWith(".dll", StringComparison.Ordinal) || Path.GetFileName(file).StartsWith("libcoreclr", StringComparison.Ordinal))
            .ToList();
        loaded.ShouldContain(file => Path.GetFileName(file) == "libcoreclr.so");
        loaded.ShouldAllBe(file => file.StartsWith(published, StringComparison.Ordinal));
    }
}
