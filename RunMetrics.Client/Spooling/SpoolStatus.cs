namespace RunMetrics.Client.Spooling;

/// <summary>What lies in a spool.</summary>
/// <param name="PendingFacts">How many facts wait to be delivered.</param>
/// <param name="PendingBytes">How many bytes these facts have.</param>
/// <param name="Oldest">
/// When the oldest waiting fact happened, UTC: its <c>ended_at</c>, or its <c>started_at</c> while it has not ended; null when nothing waits or
/// it does not say.
/// </param>
/// <param name="RejectedFacts">How many facts are set aside in <paramref name="RejectsFile"/>.</param>
/// <param name="TotalBytes">How many bytes of <see cref="RunMetricsSpoolOptions.MaxBytes"/> are taken, by waiting facts, rejects and facts that are delivered but still on disk.</param>
/// <param name="RejectsFile">The full path of the file of rejects, which need not exist.</param>
public sealed record SpoolStatus(
    long PendingFacts, long PendingBytes, DateTimeOffset? Oldest, long RejectedFacts, long TotalBytes, string RejectsFile);
