using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>A phase of a run, as it is stored. It is open until a fact with an outcome closes it, once.</summary>
internal sealed class RunPhaseMetric
{
    /// <summary>Records a phase that was not known before.</summary>
    /// <param name="fact">A valid fact with an id.</param>
    /// <exception cref="ArgumentException">The fact breaks a rule that its validator should have refused.</exception>
    public RunPhaseMetric(PhaseMetricFact fact)
    {
        Id = Required(fact.Id, nameof(PhaseMetricFact.Id));
        RunId = Required(fact.RunId, nameof(PhaseMetricFact.RunId));
        Phase = EnumNames.Of<RunPhase>().Parse(Required(fact.Phase, nameof(PhaseMetricFact.Phase)));
        Iteration = fact.Iteration ?? PhaseMetricFact.FirstIteration;
        ArgumentOutOfRangeException.ThrowIfLessThan(Iteration, PhaseMetricFact.FirstIteration, nameof(fact));
        StartedAt = Instants.Normalize(fact.StartedAt ?? throw new ArgumentException("A phase has a start.", nameof(fact)));
        Metadata = PhaseMetadata.Merge(null, fact.Metadata);

        if (fact.Outcome is not null)
        {
            Close(fact);
        }
        else if (fact.EndedAt is not null || fact.DurationSeconds is not null)
        {
            throw new ArgumentException("A phase that has ended has an outcome.", nameof(fact));
        }
    }

    [SuppressMessage("Style", "IDE0051", Justification = "EF Core materializes through it.")]
    private RunPhaseMetric()
    {
        Id = RunId = string.Empty;
    }

    /// <summary>The id of the metric.</summary>
    public string Id { get; private set; }

    /// <summary>The run that the phase belongs to.</summary>
    public string RunId { get; private set; }

    /// <summary>The phase.</summary>
    public RunPhase Phase { get; private set; }

    /// <summary>The iteration of the run, from 1.</summary>
    public int Iteration { get; private set; }

    /// <summary>When the phase started, UTC.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When the phase ended, UTC, not before <see cref="StartedAt"/>; null while it is open or when its end is unknown.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>How long the phase took, in whole seconds; known exactly when <see cref="EndedAt"/> is.</summary>
    public int? DurationSeconds { get; private set; }

    /// <summary>How the phase came out; null while it is open.</summary>
    public PhaseOutcome? Outcome { get; private set; }

    /// <summary>What else is known of the phase.</summary>
    public JsonElement? Metadata { get; private set; }

    /// <summary>Takes in another fact about this phase, by the table in <c>docs/architecture.md</c>. A conflict changes nothing.</summary>
    /// <param name="fact">A valid fact with the id of this metric.</param>
    public FactResult Apply(PhaseMetricFact fact)
    {
        var contradictions = new Contradictions()
            .Compare("run_id", fact.RunId, RunId)
            .Compare("phase", fact.Phase, Phase.Name())
            .Compare("iteration", fact.Iteration, Iteration)
            .Compare("started_at", fact.StartedAt, StartedAt);

        return (Outcome, fact.Outcome) switch
        {
            (null, null) => ApplyToOpen(fact, contradictions),
            (null, not null) => ApplyEnd(fact, contradictions),

            // The fact was overtaken by the end of the phase.
            (not null, null) => contradictions.Any ? contradictions.ToConflict() : FactResult.Unchanged,
            (not null, not null) => ApplyEndAgain(fact, contradictions),
        };
    }

    /// <summary>The phase metric as it is read.</summary>
    public PhaseMetricRecord ToRecord() => new(Id, RunId, Phase, Iteration, StartedAt, EndedAt, DurationSeconds, Outcome, Metadata);

    /// <summary>An open phase stays open and may learn members of metadata that it did not have.</summary>
    private FactResult ApplyToOpen(PhaseMetricFact fact, Contradictions contradictions)
    {
        var isComparable = CanCompare(fact.Metadata, contradictions);
        if (isComparable && !PhaseMetadata.Agree(Metadata, fact.Metadata))
        {
            contradictions.Add("metadata", Text(fact.Metadata), $"members that agree with {Text(Metadata)}, as recorded");
        }

        var merged = isComparable ? Merge(fact.Metadata, contradictions) : Metadata;

        if (contradictions.Any)
        {
            return contradictions.ToConflict();
        }

        if (PhaseMetadata.Covers(Metadata, fact.Metadata))
        {
            return FactResult.Unchanged;
        }

        Metadata = merged;
        return FactResult.Updated;
    }

    /// <summary>An open phase closes; members of metadata are added or replaced.</summary>
    private FactResult ApplyEnd(PhaseMetricFact fact, Contradictions contradictions)
    {
        var merged = CanCompare(fact.Metadata, contradictions) ? Merge(fact.Metadata, contradictions) : Metadata;
        if (contradictions.Any)
        {
            return contradictions.ToConflict();
        }

        Metadata = merged;
        Close(fact);
        return FactResult.Updated;
    }

    /// <summary>A closed phase is told its end again: the same or less of it adds nothing, anything else is a conflict.</summary>
    private FactResult ApplyEndAgain(PhaseMetricFact fact, Contradictions contradictions)
    {
        contradictions
            .Compare("outcome", fact.Outcome, Outcome!.Value.Name())
            .Compare("ended_at", fact.EndedAt, EndedAt)
            .Compare("duration_seconds", fact.DurationSeconds, DurationSeconds);

        if (CanCompare(fact.Metadata, contradictions) && !PhaseMetadata.Covers(Metadata, fact.Metadata))
        {
            contradictions.Add("metadata", Text(fact.Metadata), $"{Text(Metadata) ?? "null"}, as recorded, or a part of it");
        }

        return contradictions.Any ? contradictions.ToConflict() : FactResult.Unchanged;
    }

    /// <summary>What is recorded and what the fact says of metadata together.</summary>
    private JsonElement? Merge(JsonElement? said, Contradictions contradictions)
    {
        var merged = PhaseMetadata.Merge(Metadata, said);
        if (said is not null && PhaseMetadata.FindFault(merged!.Value) is not null)
        {
            contradictions.Add("metadata", Text(said), $"members that make at most {PhaseMetadata.MaxBytes} bytes together with those recorded");
        }

        return merged;
    }

    /// <summary>Another program may have stored what the rules refuse: it can be kept, but neither compared nor added to.</summary>
    private bool CanCompare(JsonElement? said, Contradictions contradictions)
    {
        if (said is null || Metadata is null || PhaseMetadata.FindFault(Metadata.Value) is null)
        {
            return true;
        }

        contradictions.Add("metadata", Text(said), "null, as the metadata recorded by another program cannot be compared");
        return false;
    }

    private void Close(PhaseMetricFact fact)
    {
        var outcome = EnumNames.Of<PhaseOutcome>().Parse(Required(fact.Outcome, nameof(PhaseMetricFact.Outcome)));
        if (outcome.IsVerdict() && Phase != RunPhase.Reviewer)
        {
            throw new ArgumentException($"The phase {Phase.Name()} gives no verdict.", nameof(fact));
        }

        var endedAt = Instants.Normalize(fact.EndedAt);
        if (endedAt < StartedAt)
        {
            throw new ArgumentException("A phase does not end before it starts.", nameof(fact));
        }

        Outcome = outcome;
        EndedAt = endedAt;
        DurationSeconds = endedAt is null ? null : fact.DurationSeconds ?? Durations.WholeSeconds(endedAt.Value - StartedAt);
        if (DurationSeconds < 0)
        {
            throw new ArgumentException("A phase does not take less than no time.", nameof(fact));
        }
    }

    private static string Required(string? value, string name) =>
        string.IsNullOrEmpty(value) ? throw new ArgumentException($"A phase metric has a {name}.", nameof(value)) : value;

    private static string? Text(JsonElement? metadata) => metadata is null ? null : JsonText.Raw(metadata.Value);
}
