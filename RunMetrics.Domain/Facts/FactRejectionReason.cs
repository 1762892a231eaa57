namespace RunMetrics.Domain.Facts;

/// <summary>Why a fact was not stored.</summary>
public enum FactRejectionReason
{
    /// <summary>The fact breaks a rule on its own.</summary>
    Invalid,

    /// <summary>The fact is about a run that nobody recorded.</summary>
    UnknownRun,

    /// <summary>The fact contradicts what is settled; the stored row stays as it is.</summary>
    Conflict,
}
