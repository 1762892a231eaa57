namespace RunMetrics.Domain.Facts;

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

    /// <summary>The fact is kept durably on this machine and will be delivered to the store; the store has not judged it yet.</summary>
    public static FactResult Spooled { get; } = new(FactDisposition.Spooled);

    /// <summary>What became of the fact.</summary>
    public FactDisposition Disposition { get; }

    /// <summary>Why the fact was refused; null unless <see cref="Disposition"/> is <see cref="FactDisposition.Rejected"/>.</summary>
    public FactRejection? Rejection { get; }

    /// <summary>The fact breaks rules on its own.</summary>
    public static FactResult Invalid(IReadOnlyList<FactError> errors) => Rejected(FactRejectionReason.Invalid, errors);

    /// <summary>The fact contradicts what is settled.</summary>
    public static FactResult Conflict(IReadOnlyList<FactError> errors) => Rejected(FactRejectionReason.Conflict, errors);

    /// <summary>The fact is about a run that nobody recorded.</summary>
    public static FactResult UnknownRun(string runId) =>
        Rejected(FactRejectionReason.UnknownRun, [new FactError("run_id", runId, "the id of a recorded run")]);

    /// <summary>The fact is about a project outside the scope of whoever states it.</summary>
    public static FactResult UnknownProject(string projectId) =>
        Rejected(FactRejectionReason.UnknownRun, [new FactError("project_id", projectId, "a project that the caller may write")]);

    /// <summary>The fact was refused.</summary>
    public static FactResult Rejected(FactRejectionReason reason, IReadOnlyList<FactError> errors) =>
        new(FactDisposition.Rejected, new FactRejection(reason, errors));
}
