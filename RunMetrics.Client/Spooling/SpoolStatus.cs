namespace RunMetrics.Client.Spooling;

/// <summary>What lies in a spool.</summary>
/// <param name="PendingFacts">How many facts wait to be delivered, <see cref="FactsForOtherTokens"/> among them.</param>
/// <param name="PendingBytes">How many bytes these facts have.</param>
/// <param name="Oldest">
/// When the oldest waiting fact happened, UTC: its <c>ended_at</c>, or its <c>started_at</c> while it has not ended; null when nothing waits or
/// it does not say.
/// </param>
/// <param name="RejectedFacts">How many facts are set aside in <paramref name="RejectsFile"/>.</param>
/// <param name="TotalBytes">How many bytes of <see cref="RunMetricsSpoolOptions.MaxBytes"/> are taken, by waiting facts, rejects and facts that are delivered but still on disk.</param>
/// <param name="RejectsFile">The full path of the file of rejects, which need not exist.</param>
public sealed record SpoolStatus(
    long PendingFacts, long PendingBytes, DateTimeOffset? Oldest, long RejectedFacts, long TotalBytes, string RejectsFile)
{
    /// <summary>How many of the waiting facts no token could write so far that came by: they wait for one that may.</summary>
    public long FactsForOtherTokens { get; init; }
}

/// <summary>What became of the facts of a spool.</summary>
/// <param name="Delivered">How many facts the store took.</param>
/// <param name="Rejected">How many facts the store refused or fails on, or could not be read; they are set aside in the file of rejects.</param>
/// <param name="Failure">What kept the rest from being delivered; null when nothing is left that this store may take.</param>
public sealed record SpoolDrainReport(long Delivered, long Rejected, string? Failure)
{
    /// <summary>True when nothing is left to deliver but what waits for another token.</summary>
    public bool IsComplete => Failure is null;
}
