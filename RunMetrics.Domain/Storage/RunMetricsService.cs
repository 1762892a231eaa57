using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Telemetry;

namespace RunMetrics.Domain.Storage;

/// <summary>
/// The way in for facts from outside: validates them, refuses them with all that is wrong or hands them to the store through the one queue.
/// </summary>
public sealed class RunMetricsService
{
    private readonly QueuedWriter _writer;
    private readonly TimeProvider _time;
    private readonly FactValidator _validator;

    /// <param name="writer">The queue in front of the store.</param>
    /// <param name="time">The clock.</param>
    internal RunMetricsService(QueuedWriter writer, TimeProvider time)
    {
        _writer = writer;
        _time = time;
        _validator = new FactValidator(time);
    }

    /// <summary>Records one fact. What it leaves open is filled in by the time of the call, and the id of a phase metric from what it says.</summary>
    /// <param name="reading">What was read.</param>
    /// <param name="access">The projects that the caller may touch.</param>
    /// <param name="cancellationToken">Ends the wait; the fact may be stored all the same.</param>
    /// <returns>What became of the fact, and the run or phase metric as it is stored now.</returns>
    /// <exception cref="FactRejectedException">The fact was refused; nothing is changed.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot write now.</exception>
    internal async Task<FactResult> RecordAsync(FactReading reading, ProjectAccess access, CancellationToken cancellationToken)
    {
        if (_validator.Validate(reading, FactStrictness.Live) is { } rejection)
        {
            throw Refuse(rejection);
        }

        var batch = new FactBatch([WithId(reading.Fact!)], access, _time.GetUtcNow()) { ReturnsStored = true };
        var results = await _writer.WriteAsync(batch, cancellationToken);
        return results[0].Rejection is { } refusal ? throw Refuse(refusal) : results[0];
    }

    /// <summary>
    /// Imports facts in their order, each of which must stand by itself: a run says its status and start, a final one its end. What is wrong with
    /// one fact keeps no other from being stored.
    /// </summary>
    /// <param name="readings">What was read.</param>
    /// <param name="access">The projects that the caller may touch.</param>
    /// <param name="otherRuns">What is known of the runs of the readings before, where they come from one body.</param>
    /// <param name="cancellationToken">Ends the wait; the facts may be stored all the same.</param>
    /// <returns>One result for each reading, in their order.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot write now.</exception>
    internal async Task<IReadOnlyList<FactResult>> ImportAsync(
        IReadOnlyList<FactReading> readings, ProjectAccess access, OtherRuns otherRuns, CancellationToken cancellationToken)
    {
        var results = new FactResult[readings.Count];
        var facts = new List<Fact>(readings.Count);
        var positions = new List<int>(readings.Count);
        foreach (var (position, reading) in readings.Index())
        {
            if (_validator.Validate(reading, FactStrictness.Complete) is { } rejection)
            {
                results[position] = FactResult.Rejected(rejection);
            }
            else
            {
                facts.Add(WithId(reading.Fact!));
                positions.Add(position);
            }
        }

        if (facts.Count > 0)
        {
            var written = await _writer.WriteAsync(new FactBatch(facts, access, _time.GetUtcNow()) { OtherRuns = otherRuns }, cancellationToken);
            foreach (var (position, result) in positions.Zip(written))
            {
                results[position] = result;
            }
        }

        foreach (var rejection in results.Select(result => result.Rejection).OfType<FactRejection>())
        {
            StoreTelemetry.Refuse(rejection.Reason);
        }

        return results;
    }

    private static FactRejectedException Refuse(FactRejection rejection)
    {
        StoreTelemetry.Refuse(rejection.Reason);
        return new FactRejectedException(rejection);
    }

    private static Fact WithId(Fact fact) => fact is PhaseMetricFact { Id: null } metric
        ? metric with
        {
            Id = Identifiers.CreateForPhase(
                metric.RunId!, metric.Phase!, metric.Iteration ?? PhaseMetricFact.FirstIteration, metric.StartedAt!.Value),
        }
        : fact;
}

/// <summary>A single fact was refused and nothing was stored.</summary>
/// <param name="rejection">Why.</param>
internal sealed class FactRejectedException(FactRejection rejection) : Exception(rejection.Message)
{
    /// <summary>Why the fact was refused.</summary>
    public FactRejection Rejection { get; } = rejection;
}
