using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>
/// The way in for every fact, whoever states it: judges it by the rules, refuses it with all that is wrong or hands it to the store.
/// </summary>
public sealed class RunMetricsService(IRunMetricsStore store, TimeProvider time)
{
    private readonly FactJudge _judge = new(time);

    /// <summary>Records one fact. What it leaves open is filled in by the time of recording, and an id is made for a phase metric without one.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="cancellationToken">Ends the call before the fact is stored.</param>
    /// <returns>The id under which the fact is stored, and what became of it.</returns>
    /// <exception cref="FactRejectedException">The fact was refused; nothing is changed.</exception>
    public Task<RecordedFact> RecordAsync(Fact fact, CancellationToken cancellationToken) =>
        RecordAsync(new FactReading(fact, []), cancellationToken);

    /// <summary>Records one fact that was read from JSON, with the same effect as <see cref="RecordAsync(Fact, CancellationToken)"/>.</summary>
    /// <param name="reading">What was read.</param>
    /// <param name="cancellationToken">Ends the call before the fact is stored.</param>
    /// <returns>The id under which the fact is stored, and what became of it.</returns>
    /// <exception cref="FactRejectedException">The fact was refused; nothing is changed.</exception>
    public async Task<RecordedFact> RecordAsync(FactReading reading, CancellationToken cancellationToken)
    {
        var errors = _judge.Judge(reading, FactStrictness.Live);
        if (reading.Fact is null || errors.Count > 0)
        {
            throw new FactRejectedException(new FactRejection(FactRejectionReason.Invalid, errors));
        }

        var id = reading.Fact.Id ?? Identifiers.Create(time);
        var results = await store.WriteAsync([reading.Fact with { Id = id }], cancellationToken);
        var result = results.Single();
        return result.Rejection is null ? new RecordedFact(id, result.Disposition) : throw new FactRejectedException(result.Rejection);
    }

    /// <summary>
    /// Imports facts in their order, each of which must stand by itself: a run says its status and start, a final one its end, a phase metric its
    /// id. What is wrong with one fact keeps no other from being stored.
    /// </summary>
    /// <param name="readings">What was read.</param>
    /// <param name="cancellationToken">Ends the call before anything is stored.</param>
    /// <returns>One result for each reading, in their order.</returns>
    public async Task<IReadOnlyList<FactResult>> ImportAsync(IReadOnlyList<FactReading> readings, CancellationToken cancellationToken)
    {
        var results = new FactResult[readings.Count];
        var facts = new List<Fact>(readings.Count);
        var positions = new List<int>(readings.Count);
        for (var i = 0; i < readings.Count; i++)
        {
            var errors = _judge.Judge(readings[i], FactStrictness.Complete);
            if (readings[i].Fact is { } fact && errors.Count == 0)
            {
                facts.Add(fact);
                positions.Add(i);
            }
            else
            {
                results[i] = FactResult.Invalid(errors);
            }
        }

        if (facts.Count > 0)
        {
            var written = await store.WriteAsync(facts, cancellationToken);
            foreach (var (position, result) in positions.Zip(written))
            {
                results[position] = result;
            }
        }

        return results;
    }

    /// <summary>Deletes a run and its phase metrics.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="scope">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call before the deletion is stored.</param>
    /// <returns>False when there is no such run in the scope.</returns>
    public Task<bool> DeleteRunAsync(string runId, ProjectScope scope, CancellationToken cancellationToken) =>
        store.DeleteRunAsync(runId, scope, cancellationToken);
}
