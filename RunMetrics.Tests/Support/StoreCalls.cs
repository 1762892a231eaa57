using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support;

/// <summary>Calls of a caller that nobody limits, at the time that <see cref="TestDatabase.Now"/> says.</summary>
internal static class StoreCalls
{
    public static FactBatch Batch(params IReadOnlyList<Fact> facts) => new(facts, ProjectAccess.All, TestDatabase.Now);

    public static Task<IReadOnlyList<FactResult>> WriteAsync(this IRunMetricsStore store, IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        store.WriteAsync(Batch(facts), cancellationToken);

    public static Task<IReadOnlyList<FactResult>> WriteAsync(this QueuedWriter writer, IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        writer.WriteAsync(Batch(facts), cancellationToken);

    public static Task<FactResult> RecordAsync(this RunMetricsService service, Fact fact, CancellationToken cancellationToken) =>
        service.RecordAsync(new FactReading(fact, []), ProjectAccess.All, cancellationToken);

    public static Task<FactResult> RecordAsync(this RunMetricsService service, FactReading reading, CancellationToken cancellationToken) =>
        service.RecordAsync(reading, ProjectAccess.All, cancellationToken);

    public static Task<IReadOnlyList<FactResult>> ImportAsync(
        this RunMetricsService service, IReadOnlyList<FactReading> readings, CancellationToken cancellationToken) =>
        service.ImportAsync(readings, ProjectAccess.All, new OtherRuns(), cancellationToken);
}
