using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Phases;

/// <summary>A phase of a run, as it is stored. It is open until a fact with an outcome closes it, once.</summary>
public sealed class RunPhaseMetric
{
    /// <summary>Records a phase that was not known before.</summary>
    /// <param name="fact">A valid fact with an id.</param>
    /// <exception cref="ArgumentException">The fact breaks a rule that its validator should have refused.</exception>
    public RunPhaseMetric(PhaseMetricFact fact)
    {
        Id = Required(fact.Id, nameof(PhaseMetricFact.Id));
        RunId = Required(fact.RunId, nameof(PhaseMetricFact.RunId));
        Phase = Terms.Phases.Parse(Required(fact.Phase, nameof(PhaseMetricFact.Phase)));
        Iteration = fact.Iteration ?? 1;
        ArgumentOutOfRangeException.ThrowIfLessThan(Iteration, 1, nameof(fact));
        StartedAt = Instants.Normalize(fact.StartedAt ?? throw new ArgumentException("A phase has a start.", nameof(fact)));
        Metadata = fact.Metadata;

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

    /// <summary>
    /// Takes in another fact about this phase. An open phase may learn metadata it did not have and may be closed; that it was open says nothing
    /// new of a closed one. Anything that differs from what is recorded is a conflict and changes nothing.
    /// </summary>
    /// <param name="fact">A valid fact with the id of this metric.</param>
    public FactResult Apply(PhaseMetricFact fact)
    {
        var contradictions = new Contradictions()
            .Compare("run_id", fact.RunId, RunId)
            .Compare("phase", fact.Phase, Phase.Name())
            .Compare("iteration", fact.Iteration, Iteration)
            .Compare("started_at", Instants.Normalize(fact.StartedAt), StartedAt);

        var (closes, isClosed) = (fact.Outcome is not null, Outcome is not null);
        var overtaken = !closes && isClosed;
        var comparable = overtaken || CanCompareMetadata(fact);
        if (!comparable)
        {
            contradictions.Add("metadata", Text(fact.Metadata), "null, as the metadata recorded by another program cannot be compared");
        }

        if (closes && Outcome is { } settled)
        {
            contradictions.Compare("outcome", fact.Outcome, settled.Name());
            if (fact.EndedAt is not null)
            {
                contradictions
                    .Compare("ended_at", Instants.Normalize(fact.EndedAt), EndedAt)
                    .Compare("duration_seconds", fact.DurationSeconds, DurationSeconds);
            }

            if (comparable && !PhaseMetadata.Covers(Metadata, fact.Metadata))
            {
                contradictions.Add("metadata", Text(fact.Metadata), $"{Text(Metadata) ?? "null"}, as recorded, or a part of it");
            }
        }
        else if (comparable && !closes && !isClosed && !PhaseMetadata.Agree(Metadata, fact.Metadata))
        {
            contradictions.Add("metadata", Text(fact.Metadata), $"members that agree with {Text(Metadata)}, as recorded");
        }

        var merged = overtaken || !comparable ? Metadata : PhaseMetadata.Merge(Metadata, fact.Metadata);
        if (comparable && fact.Metadata is not null && merged is not null && !overtaken && !PhaseMetadata.IsAcceptable(merged.Value))
        {
            contradictions.Add(
                "metadata", Text(fact.Metadata), $"members that make at most {PhaseMetadata.MaxBytes} bytes together with those recorded");
        }

        if (contradictions.Any)
        {
            return contradictions.ToConflict();
        }

        if (isClosed || (!closes && PhaseMetadata.Covers(Metadata, fact.Metadata)))
        {
            return FactResult.Unchanged;
        }

        Metadata = merged;
        if (closes)
        {
            Close(fact);
        }

        return FactResult.Updated;
    }

    /// <summary>Another program may have stored what the rules refuse: it can be kept, but neither compared nor added to.</summary>
    private bool CanCompareMetadata(PhaseMetricFact fact) =>
        fact.Metadata is null || Metadata is null || PhaseMetadata.FindUnusable(Metadata.Value, "metadata") is null;

    private void Close(PhaseMetricFact fact)
    {
        var outcome = Terms.Outcomes.Parse(Required(fact.Outcome, nameof(PhaseMetricFact.Outcome)));
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

    private static string? Text(JsonElement? metadata) => metadata is null ? null : PhaseMetadata.ToText(metadata.Value);
}
