using RunMetrics.Domain.Files;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// A database file in the making, beside the name that it gets when it is whole. Its own name is one that nobody else uses, so that two programs that
/// make the same file do not write into one; what a killed program left is deleted by the next.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const string Extension = ".partial";

    private PartialFile(string target, string partial) => (Target, FilePath) = (target, partial);

    /// <summary>The name that it gets.</summary>
    public string Target { get; }

    /// <summary>Where it is made.</summary>
    public string FilePath { get; }

    /// <summary>Makes it, empty.</summary>
    /// <param name="target">The name that it is to get.</param>
    /// <param name="like">The file whose content it gets: nobody shall read the one who may not read the other.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static PartialFile Create(string target, string like)
    {
        DeleteLeftovers(target);
        var partial = new PartialFile(target, $"{target}.{Guid.CreateVersion7()}{Extension}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File.GetUnixFileMode(like) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(partial.FilePath, options).Dispose();
        return partial;
    }

    /// <summary>Gives it its name, durably.</summary>
    /// <exception cref="IOException">There is a file of that name by now; it stays.</exception>
    public void PutInPlace()
    {
        File.Move(FilePath, Target, overwrite: false);
        DirectorySync.Flush(Path.GetDirectoryName(Target)!);
    }

    /// <summary>Deletes it where it did not get its name.</summary>
    public void Dispose() => File.Delete(FilePath);

    private static void DeleteLeftovers(string target)
    {
        var name = Path.GetFileName(target);
        foreach (var leftover in Directory.EnumerateFiles(Path.GetDirectoryName(target)!).Where(path => IsPartialOf(name, Path.GetFileName(path))))
        {
            try
            {
                File.Delete(leftover);
            }
            catch (IOException)
            {
                // Windows keeps what somebody has open.
            }
        }
    }

    private static bool IsPartialOf(string name, string other) =>
        other.Length > name.Length + 1 + Extension.Length
        && other.StartsWith($"{name}.", StringComparison.Ordinal)
        && other.EndsWith(Extension, StringComparison.Ordinal)
        && Guid.TryParseExact(other[(name.Length + 1)..^Extension.Length], "D", out _);
}
