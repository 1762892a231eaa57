using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace RunMetrics.Benchmarks.Operation;

/// <summary>The system's cache of files.</summary>
internal static class PageCache
{
    private const int DontNeed = 4;

    /// <summary>
    /// Writes files out and has the system forget what it holds of them in memory, as after a start of the machine. What a running program has
    /// mapped stays.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void Evict(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            using var handle = File.OpenHandle(file, share: FileShare.ReadWrite);
            RandomAccess.FlushToDisk(handle);
            if (Advise(handle, 0, 0, DontNeed) is var error and not 0)
            {
                throw new IOException($"{file} cannot be taken out of the page cache: error {error}.");
            }
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(SafeFileHandle file, long offset, long length, int advice);
}
