using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Packages;

/// <summary>
/// The packages of this build in a folder, and beside it an empty folder whose <c>nuget.config</c> names it. What other packages they need is taken from
/// those that the build was restored from; packages of this name that a person has installed on this machine do not count.
/// </summary>
internal sealed class PackageFolder : IDisposable
{
    private readonly TemporaryFolder _root = new();

    private PackageFolder()
    {
    }

    /// <summary>Where the packages lie.</summary>
    public string Packages => _root.File("packages");

    /// <summary>Packs what is built.</summary>
    public static async Task<PackageFolder> PackAsync()
    {
        var folder = new PackageFolder();
        try
        {
            await folder.PrepareAsync();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Makes an empty folder, in which programs are started as a person would.</summary>
    public string MakeEmpty(string name) => Directory.CreateDirectory(_root.File(name)).FullName;

    /// <summary>Runs a program and gives back what it says; it has to end with 0.</summary>
    public async Task<string> RunAsync(string workingFolder, string program, params IEnumerable<string> arguments)
    {
        using var process = OwnedProcess.Start(program, arguments, Environment(), workingFolder);
        (await process.WaitForExitAsync(OwnedProcess.BuildTimeLimit)).ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{process.Output}\n{process.Errors}");
        return process.Output;
    }

    public void Dispose() => _root.Dispose();

    private async Task PrepareAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        await RunAsync(Repository.File(), "dotnet", "pack", "--no-build", "--configuration", configuration, "--output", Packages);

        var restored = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var others = MakeEmpty("others");
        foreach (var package in Directory.EnumerateDirectories(restored))
        {
            var name = Path.GetFileName(package);
            if (!name.StartsWith("runmetrics", StringComparison.OrdinalIgnoreCase))
            {
                Directory.CreateSymbolicLink(Path.Combine(others, name), package);
            }
        }

        await File.WriteAllTextAsync(_root.File("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_root.File("installed")}" /></config>
              <fallbackPackageFolders><clear /><add key="others" value="{others}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="packages" value="{Packages}" /></packageSources>
            </configuration>
            """);
    }

    private Dictionary<string, string?> Environment() => new(StringComparer.Ordinal)
    {
        ["CI"] = null,
        ["NUGET_PACKAGES"] = null,
        ["ConnectionStrings__RunMetrics"] = $"Data Source={_root.File("default.db")}",
        ["RUNMETRICS_SERVER"] = null,
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",

        // Nothing that a command starts shall outlive it, and keep its output open.
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };
}
