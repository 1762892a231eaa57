namespace RunMetrics.Runner.Reports;

/// <summary>
/// The reports that a test command writes: into the folder that it is given, or somewhere in the worktree. A report that lay there before, and was
/// not written again, is of other tests.
/// </summary>
internal sealed class TestReports
{
    private static readonly string[] Extensions = [".trx", ".xml"];
    private static readonly string[] ForeignFolders = [".git", "node_modules"];

    private readonly string _worktree;
    private readonly Dictionary<string, (long Length, DateTime WrittenAt)> _before;

    private TestReports(string worktree)
    {
        _worktree = worktree;
        _before = List(worktree).ToDictionary(file => file.FullName, State, StringComparer.Ordinal);
    }

    /// <summary>Remembers what lies in the worktree before the tests run.</summary>
    /// <param name="worktree">The worktree.</param>
    public static TestReports Watch(string worktree) => new(worktree);

    /// <summary>Adds up what the tests have written; null without a report.</summary>
    /// <param name="resultsFolder">The folder that the test command was given, which was empty.</param>
    public TestTotals? Read(string resultsFolder)
    {
        // One who writes to both writes the same to both.
        var totals = ReadAll(List(resultsFolder));
        return totals ?? ReadAll(List(_worktree).Where(file => !_before.TryGetValue(file.FullName, out var before) || before != State(file)));
    }

    private static TestTotals? ReadAll(IEnumerable<FileInfo> files)
    {
        var totals = files.Select(file => TestReportFile.Read(file.FullName)).OfType<TestTotals>().ToList();
        return totals.Count > 0 ? totals.Aggregate((sum, next) => sum + next) : null;
    }

    private static IEnumerable<FileInfo> List(string folder)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        var folders = new Stack<DirectoryInfo>([new DirectoryInfo(folder)]);
        while (folders.TryPop(out var next))
        {
            if (!next.Exists)
            {
                continue;
            }

            foreach (var entry in next.EnumerateFileSystemInfos("*", options))
            {
                if (entry is DirectoryInfo inner && !ForeignFolders.Contains(inner.Name, StringComparer.Ordinal))
                {
                    folders.Push(inner);
                }
                else if (entry is FileInfo file && Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase))
                {
                    yield return file;
                }
            }
        }
    }

    private static (long Length, DateTime WrittenAt) State(FileInfo file) => (file.Length, file.LastWriteTimeUtc);
}
