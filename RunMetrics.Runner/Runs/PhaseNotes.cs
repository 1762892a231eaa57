using RunMetrics.Runner.Git;
using RunMetrics.Runner.Reports;

namespace RunMetrics.Runner.Runs;

/// <summary>The metadata of a phase, gathered while it runs: what is known when the phase is broken off is recorded too.</summary>
internal sealed class PhaseNotes
{
    /// <summary>The member that says why a phase did not come out well.</summary>
    public const string Reason = "reason";

    private const int MaxTextLength = 500;

    private readonly Dictionary<string, object> _members = new(StringComparer.Ordinal);

    /// <summary>What is recorded; null when nothing was noted.</summary>
    public object? ToMetadata() => _members.Count > 0 ? _members : null;

    /// <summary>What was noted, by name.</summary>
    public IReadOnlyDictionary<string, object> Members => _members;

    /// <summary>True when that reason was noted.</summary>
    public bool HasReason(string reason) => _members.TryGetValue(Reason, out var noted) && reason.Equals(noted);

    /// <summary>Notes a value.</summary>
    public void Set(string name, object value) => _members[name] = value;

    /// <summary>Notes a text, cut to a length that fits.</summary>
    public void SetText(string name, string text) => _members[name] = text.Length <= MaxTextLength ? text : text[..MaxTextLength];

    /// <summary>Notes how much changed.</summary>
    public void Set(ChangeSize size)
    {
        Set("files_changed", size.FilesChanged);
        Set("lines_added", size.LinesAdded);
        Set("lines_removed", size.LinesRemoved);
    }

    /// <summary>Notes how the tests came out, where a report tells it.</summary>
    public void Set(TestTotals? totals, string prefix = "")
    {
        if (totals is not null)
        {
            Set($"{prefix}tests_total", totals.Total);
            Set($"{prefix}tests_passed", totals.Passed);
            Set($"{prefix}tests_failed", totals.Failed);
            Set($"{prefix}tests_skipped", totals.Skipped);
        }
    }
}

/// <summary>What stands as <c>reason</c> in the metadata of a phase that did not come out well, or was skipped.</summary>
internal static class FailureReasons
{
    /// <summary>A signal called the run off.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The phase took longer than it may; what it ran was ended.</summary>
    public const string Timeout = "timeout";

    /// <summary>The command ended with another exit code than 0.</summary>
    public const string CommandFailed = "command_failed";

    /// <summary>The test command ended with another exit code than 0.</summary>
    public const string TestsFailed = "tests_failed";

    /// <summary>git failed where it should not.</summary>
    public const string GitFailed = "git_failed";

    /// <summary>A file of the run could not be read or written.</summary>
    public const string FilesFailed = "files_failed";

    /// <summary>The base branch changed the same lines.</summary>
    public const string Conflict = "conflict";

    /// <summary>The work tree of the base branch has changes that are not committed.</summary>
    public const string BaseDirty = "base_dirty";

    /// <summary>git would not move the base branch.</summary>
    public const string BaseNotMoved = "base_not_moved";

    /// <summary>There is no change to merge.</summary>
    public const string NothingChanged = "nothing_changed";
}
