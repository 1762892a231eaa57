using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>What became of one fact.</summary>
public sealed record FactResult
{
    private FactResult(FactDisposition disposition, FactRejection? rejection = null)
    {
        Disposition = disposition;
        Rejection = rejection;
    }

    /// <summary>The fact was new and is stored.</summary>
    public static FactResult Created { get; } = new(FactDisposition.Created);

    /// <summary>The fact moved something stored forward.</summary>
    public static FactResult Updated { get; } = new(FactDisposition.Updated);

    /// <summary>The fact added nothing to what is stored.</summary>
    public static FactResult Unchanged { get; } = new(FactDisposition.Unchanged);

    /// <summary>The fact is stored; whether it was new, the store could not tell.</summary>
    public static FactResult Stored { get; } = new(FactDisposition.Stored);

    /// <summary>The fact is kept durably on this machine and will be delivered to the store, which has not answered for it yet.</summary>
    public static FactResult Spooled { get; } = new(FactDisposition.Spooled);

    /// <summary>What became of the fact.</summary>
    public FactDisposition Disposition { get; }

    /// <summary>Why the fact was refused; null unless <see cref="Disposition"/> is <see cref="FactDisposition.Rejected"/>.</summary>
    public FactRejection? Rejection { get; }

    /// <summary>The run of a run fact as it is stored now; null where that was not asked for, or the store cannot tell.</summary>
    public RunRecord? Run { get; init; }

    /// <summary>The phase metric of such a fact as it is stored now; null where that was not asked for, or the store cannot tell.</summary>
    public PhaseMetricRecord? PhaseMetric { get; init; }

    /// <summary>The fact was refused.</summary>
    public static FactResult Rejected(FactRejection rejection) => new(FactDisposition.Rejected, rejection);

    /// <summary>The fact was refused.</summary>
    public static FactResult Rejected(FactRejectionReason reason, params IReadOnlyList<FactError> errors) => Rejected(new FactRejection(reason, errors));

    /// <summary>The fact is about a run that nobody recorded.</summary>
    internal static FactResult UnknownRun(string runId) =>
        Rejected(FactRejectionReason.UnknownRun, new FactError("run_id", runId, "the id of a recorded run"));

    /// <summary>The fact is about a project that the caller may not touch.</summary>
    internal static FactResult UnknownProject(string projectId) =>
        Rejected(FactRejectionReason.UnknownProject, new FactError("project_id", projectId, "a project that the caller may write"));

    /// <summary>The fact is about a phase of another run than the recorded one of the same id.</summary>
    internal static FactResult OtherRun(string runId) => Rejected(
        FactRejectionReason.Conflict,
        new FactError("run_id", runId, "the id of the run stated with this phase; the recorded run of this id is another"));
}

/// <summary>What became of a fact.</summary>
public enum FactDisposition
{
    /// <summary>The fact was new and is stored.</summary>
    Created,

    /// <summary>The fact moved something stored forward.</summary>
    Updated,

    /// <summary>The fact added nothing to what is stored.</summary>
    Unchanged,

    /// <summary>The fact is stored; whether it was new, the store could not tell.</summary>
    Stored,

    /// <summary>The fact is kept durably on this machine and will be delivered to the store, which has not answered for it yet.</summary>
    Spooled,

    /// <summary>The fact was refused and nothing was changed by it.</summary>
    Rejected,
}
