using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Storage;

/// <summary>
/// The runs of a sequence of facts that turned out to be others than the recorded runs of the same ids: what is said of their phases must not be
/// stored with the recorded ones.
/// </summary>
internal sealed class OtherRuns
{
    // What somebody sends must not fill the memory: beyond this number every phase is refused.
    private const int MaxCount = 10_000;

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private bool _isFull;

    /// <summary>Notes what became of a fact of a run.</summary>
    public void Note(RunFact fact, FactResult result)
    {
        if (!IsOther(result.Rejection))
        {
            _ids.Remove(fact.Id!);
        }
        else if (_ids.Count < MaxCount)
        {
            _ids.Add(fact.Id!);
        }
        else
        {
            _isFull = true;
        }
    }

    /// <summary>What is noted now, to go on with apart.</summary>
    public OtherRuns Copy()
    {
        var copy = new OtherRuns();
        copy.TakeOver(this);
        return copy;
    }

    /// <summary>Notes what another has noted, and nothing else.</summary>
    public void TakeOver(OtherRuns other)
    {
        _ids.Clear();
        _ids.UnionWith(other._ids);
        _isFull = other._isFull;
    }

    /// <summary>True for a run that was last stated as another than the recorded one.</summary>
    public bool Contains(string runId) => _isFull || _ids.Contains(runId);

    private static bool IsOther(FactRejection? rejection) => rejection is { Reason: FactRejectionReason.UnknownProject }
        or { Reason: FactRejectionReason.Conflict } && rejection.Errors.Any(error => error.Field is "project_id" or "work_order_id" or "started_at");
}
