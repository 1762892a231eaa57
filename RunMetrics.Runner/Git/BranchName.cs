using System.Text.RegularExpressions;

namespace RunMetrics.Runner.Git;

/// <summary>The branch of a run. Ids allow characters and sequences that git forbids in names of references.</summary>
internal static partial class BranchName
{
    /// <summary>The folder of all branches of runs.</summary>
    public const string Prefix = "runmetrics";

    /// <summary>The branch of a run, such as <c>runmetrics/032-providers/019…</c>.</summary>
    public static string For(string workOrderId, string runId) => $"{Prefix}/{Segment(workOrderId)}/{Segment(runId)}";

    /// <summary>A part of the name that git takes: what else an id may hold becomes a hyphen.</summary>
    internal static string Segment(string id)
    {
        var plain = Forbidden().Replace(id, "-").Trim('.');
        if (plain.EndsWith(".lock", StringComparison.OrdinalIgnoreCase))
        {
            plain = $"{plain[..^5]}-lock";
        }

        return plain.Length > 0 ? plain : "-";
    }

    [GeneratedRegex(@"[^A-Za-z0-9._-]|\.{2,}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Forbidden();
}
