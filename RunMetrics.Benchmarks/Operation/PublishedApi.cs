using System.Diagnostics;

namespace RunMetrics.Benchmarks.Operation;

/// <summary>The API, published ReadyToRun with its framework.</summary>
internal sealed class PublishedApi : IDisposable
{
    private const string Runtime = "linux-x64";

    private readonly DirectoryInfo? _temporary;

    /// <param name="folder">Where it lies.</param>
    public PublishedApi(string folder) => Folder = folder;

    private PublishedApi(string folder, DirectoryInfo temporary)
        : this(folder) => _temporary = temporary;

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>Publishes it from the sources to a temporary folder, beside which nothing is changed.</summary>
    /// <exception cref="InvalidOperationException">It could not be published.</exception>
    public static async Task<PublishedApi> PublishAsync()
    {
        var temporary = Directory.CreateTempSubdirectory("runmetrics-published-");
        var folder = Path.Combine(temporary.FullName, "api");
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "publish",
                Path.Combine(FindSolutionFolder(), "RunMetrics.Api"),
                "--configuration=Release",
                $"--runtime={Runtime}",

                // A publication for one system would add to the lock files of the sources, and its intermediate files to theirs.
                "-p:RestorePackagesWithLockFile=false",
                "-p:RestoreLockedMode=false",
                $"-p:NuGetLockFilePath={Path.Combine(temporary.FullName, "packages.lock.json")}",
                $"--artifacts-path={Path.Combine(temporary.FullName, "artifacts")}",
                $"--output={folder}",
            },
        };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
        {
            temporary.Delete(recursive: true);
            throw new InvalidOperationException($"dotnet publish failed: {output}");
        }

        return new PublishedApi(folder, temporary);
    }

    public void Dispose() => _temporary?.Delete(recursive: true);

    private static string FindSolutionFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RunMetrics.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("This program does not lie below RunMetrics.sln; name --published FOLDER.");
        }

        return folder.FullName;
    }
}
