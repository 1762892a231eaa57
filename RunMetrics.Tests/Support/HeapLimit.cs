using System.Globalization;

namespace RunMetrics.Tests.Support;

/// <summary>
/// Bounds the managed memory of a process: what is given more than fits and still does its work keeps none of it. Unlike a measured peak, which
/// follows the moods of the garbage collector, it cannot fail by chance.
/// </summary>
internal static class HeapLimit
{
    /// <summary>The environment of a process whose managed heap may not grow beyond some mebibytes.</summary>
    public static IReadOnlyDictionary<string, string?> OfMebibytes(int mebibytes) => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        // Collected in the foreground: what collects beside the work may come too late where there is so little room.
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCHeapHardLimit"] = (mebibytes * 1024L * 1024).ToString("X", CultureInfo.InvariantCulture),
    };
}
