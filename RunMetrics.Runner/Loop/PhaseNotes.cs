using RunMetrics.Runner.Git;
using RunMetrics.Runner.Reports;

namespace RunMetrics.Runner.Loop;

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
