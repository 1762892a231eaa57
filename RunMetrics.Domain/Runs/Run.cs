using System.Diagnostics.CodeAnalysis;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>A run of an agent on a work order, as it is stored. Facts move it forward only.</summary>
internal sealed class Run
{
    private Run(RunFact fact, DateTimeOffset startedAt)
    {
        Id = Required(fact.Id, nameof(RunFact.Id));
        ProjectId = Required(fact.ProjectId, nameof(RunFact.ProjectId));
        WorkOrderId = Required(fact.WorkOrderId, nameof(RunFact.WorkOrderId));
        Iteration = PhaseMetricFact.FirstIteration;
        StartedAt = startedAt;
    }

    [SuppressMessage("Style", "IDE0051", Justification = "EF Core materializes through it.")]
    private Run()
    {
        Id = ProjectId = WorkOrderId = string.Empty;
    }

    /// <summary>The id that the runner gave the run.</summary>
    public string Id { get; private set; }

    /// <summary>The project that the run belongs to.</summary>
    public string ProjectId { get; private set; }

    /// <summary>The work order that the run works on.</summary>
    public string WorkOrderId { get; private set; }

    /// <summary>Where the run stands; running exactly while <see cref="EndedAt"/> is null.</summary>
    public RunStatus Status { get; private set; }

    /// <summary>The highest iteration seen among the phases of the run; 1 at first.</summary>
    public int Iteration { get; private set; }

    /// <summary>When the run started, UTC.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When the run ended, UTC, not before <see cref="StartedAt"/>; null while it is running.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Its phases, for queries: a run that facts are applied to has not loaded them.</summary>
    public IReadOnlyCollection<RunPhaseMetric> PhaseMetrics { get; } = [];

    /// <summary>Its labels, for queries: a run that facts are applied to has not loaded them.</summary>
    public IReadOnlyCollection<RunLabel> Labels { get; } = [];

    /// <summary>Records a run that was not known before.</summary>
    /// <param name="fact">A valid fact with an id.</param>
    /// <param name="statedAt">The time of the call, for what the fact leaves open.</param>
    /// <param name="run">The run, or null when the fact gives an end and leaves a start open that cannot be the time of the call.</param>
    /// <exception cref="ArgumentException">The fact breaks a rule that its validator should have refused.</exception>
    public static FactResult Create(RunFact fact, DateTimeOffset statedAt, out Run? run)
    {
        var startedAt = Instants.Normalize(fact.StartedAt ?? statedAt);
        if (fact.StartedAt is null && fact.EndedAt < startedAt)
        {
            run = null;
            return FactResult.Rejected(
                FactRejectionReason.Invalid,
                new FactError("started_at", null, $"an instant at or before ended_at, {Instants.Format(fact.EndedAt.Value)}"));
        }

        run = new Run(fact, startedAt);
        var status = StatusOf(fact);
        if (status != RunStatus.Running)
        {
            run.End(status, fact.EndedAt, statedAt);
        }
        else if (fact.EndedAt is not null)
        {
            throw new ArgumentException("A run that is running has not ended.", nameof(fact));
        }

        return FactResult.Created;
    }

    /// <summary>Takes in another fact about this run, by the table in <c>docs/architecture.md</c>. A conflict changes nothing.</summary>
    /// <param name="fact">A valid fact with the id of this run.</param>
    /// <param name="statedAt">The time of the call, for what the fact leaves open.</param>
    /// <param name="labels">The labels recorded so far. Those that the fact adds are to be recorded when it is not rejected.</param>
    public FactResult Apply(RunFact fact, DateTimeOffset statedAt, IReadOnlyDictionary<string, string> labels)
    {
        var contradictions = FindOtherIdentity(fact);
        var addsLabels = CompareLabels(fact, labels, contradictions);
        return (Status, StatusOf(fact)) switch
        {
            // The run is running as it was, or the fact was overtaken by the end of the run.
            (_, RunStatus.Running) => contradictions.Any ? contradictions.ToConflict() : addsLabels ? FactResult.Updated : FactResult.Unchanged,
            (RunStatus.Running, var final) => ApplyEnd(fact, final, statedAt, contradictions),
            _ => ApplyEndAgain(fact, contradictions),
        };
    }

    /// <summary>Takes notice of a phase in <paramref name="iteration"/>, from 1.</summary>
    /// <returns>True when it is the highest so far.</returns>
    public bool SeeIteration(int iteration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iteration, PhaseMetricFact.FirstIteration);
        var isHigher = iteration > Iteration;
        Iteration = Math.Max(Iteration, iteration);
        return isHigher;
    }

    /// <summary>The run as it is read.</summary>
    /// <param name="totalSeconds">The sum of every known duration of its phases.</param>
    /// <param name="labels">Its labels.</param>
    public RunRecord ToRecord(long totalSeconds, IReadOnlyDictionary<string, string> labels) =>
        new(Id, ProjectId, WorkOrderId, Status, Iteration, StartedAt, EndedAt, totalSeconds, labels.Count > 0 ? labels : null);

    private Contradictions FindOtherIdentity(RunFact fact) => new Contradictions()
        .Compare("project_id", fact.ProjectId, ProjectId)
        .Compare("work_order_id", fact.WorkOrderId, WorkOrderId)
        .Compare("started_at", fact.StartedAt, StartedAt);

    /// <returns>True when the fact says labels that are not recorded yet.</returns>
    private bool CompareLabels(RunFact fact, IReadOnlyDictionary<string, string> labels, Contradictions contradictions)
    {
        var added = new List<string>();
        foreach (var (name, value) in (fact.Labels ?? RunLabels.None).OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            if (labels.TryGetValue(name, out var recorded))
            {
                contradictions.Compare($"labels.{name}", value, recorded);
            }
            else
            {
                added.Add(name);
            }
        }

        if (added.Count > 0 && Status != RunStatus.Running)
        {
            contradictions.Add("labels", string.Join(", ", added), "labels that were recorded before the run ended");
        }
        else if (labels.Count + added.Count > RunLabels.MaxCount)
        {
            contradictions.Add("labels", string.Join(", ", added), $"at most {RunLabels.MaxCount} labels of a run; it has {labels.Count}");
        }

        return added.Count > 0;
    }

    private FactResult ApplyEnd(RunFact fact, RunStatus final, DateTimeOffset statedAt, Contradictions contradictions)
    {
        if (fact.EndedAt is { } endedAt && endedAt < StartedAt)
        {
            contradictions.Add("ended_at", Instants.Format(endedAt), $"an instant at or after the start, {Instants.Format(StartedAt)}");
        }

        if (contradictions.Any)
        {
            return contradictions.ToConflict();
        }

        End(final, fact.EndedAt, statedAt);
        return FactResult.Updated;
    }

    private FactResult ApplyEndAgain(RunFact fact, Contradictions contradictions)
    {
        contradictions.Compare("status", fact.Status, Status.Name()).Compare("ended_at", fact.EndedAt, EndedAt);
        return contradictions.Any ? contradictions.ToConflict() : FactResult.Unchanged;
    }

    private void End(RunStatus status, DateTimeOffset? endedAt, DateTimeOffset statedAt)
    {
        var end = Instants.Normalize(endedAt ?? Later(statedAt, StartedAt));
        if (end < StartedAt)
        {
            throw new ArgumentException($"The run would end at {Instants.Format(end)}, before it starts at {Instants.Format(StartedAt)}.", nameof(endedAt));
        }

        Status = status;
        EndedAt = end;
    }

    private static string Required(string? value, string name) =>
        string.IsNullOrEmpty(value) ? throw new ArgumentException($"A run has a {name}.", nameof(value)) : value;

    private static DateTimeOffset Later(DateTimeOffset first, DateTimeOffset second) => first > second ? first : second;

    private static RunStatus StatusOf(RunFact fact) => fact.Status is null ? RunStatus.Running : EnumNames.Of<RunStatus>().Parse(fact.Status);
}
