using System.Globalization;

namespace RunMetrics.Runner.Git;

/// <summary>How much differs between two trees.</summary>
/// <param name="FilesChanged">Files that were added, removed or changed.</param>
/// <param name="LinesAdded">Lines added; none for a binary file.</param>
/// <param name="LinesRemoved">Lines removed; none for a binary file.</param>
internal sealed record ChangeSize(int FilesChanged, long LinesAdded, long LinesRemoved)
{
    /// <summary>Compares two commits or trees.</summary>
    public static async Task<ChangeSize> BetweenAsync(GitCommand git, string before, string after, CancellationToken cancellationToken)
    {
        var diff = await git.RunAsync(cancellationToken, "diff-tree", "-r", "--numstat", "-z", "--no-renames", before, after);
        return Parse(diff.Output);
    }

    /// <summary>Reads what <c>--numstat -z</c> writes: added, removed and path by tabs, each record closed by a zero character.</summary>
    internal static ChangeSize Parse(string numstat)
    {
        var files = numstat.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(record => record.Split('\t')).ToList();
        return new ChangeSize(files.Count, files.Sum(fields => Lines(fields[0])), files.Sum(fields => Lines(fields[1])));
    }

    private static long Lines(string field) => field == "-" ? 0 : long.Parse(field, NumberStyles.None, CultureInfo.InvariantCulture);
}
