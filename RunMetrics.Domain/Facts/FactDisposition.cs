namespace RunMetrics.Domain.Facts;

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

    /// <summary>The fact is kept durably on this machine and will be delivered to the store; the store has not judged it yet.</summary>
    Spooled,

    /// <summary>The fact was refused and nothing was changed by it.</summary>
    Rejected,
}
