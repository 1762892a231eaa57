using NUnit.Framework;

namespace RunMetrics.Tests.Support;

/// <summary>The files that a living process has loaded, as Linux shows them.</summary>
internal static class LoadedFiles
{
    /// <summary>Skips the test where the system does not show them.</summary>
    public static void Require()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only Linux shows what a process has loaded.");
        }
    }

    /// <summary>The names of the files of a process.</summary>
    public static IReadOnlyCollection<string> Of(int processId) => PathsOf(processId).Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Their full paths.</summary>
    public static IReadOnlyCollection<string> PathsOf(int processId) => File.ReadLines($"/proc/{processId}/maps")
        .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(5)?.Trim() ?? "")
        .Where(path => path.StartsWith('/'))
        .ToHashSet(StringComparer.Ordinal);
}
