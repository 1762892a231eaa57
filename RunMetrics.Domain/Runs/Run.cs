using System.Diagnostics.CodeAnalysis;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Runs;

/// <summary>A run of an agent on a work order, as it is stored. Facts move it forward only.</summary>
public sealed class Run
{
    private Run(RunFact fact, DateTimeOffset startedAt)
    {
        Id = Required(fact.Id, nameof(RunFact.Id));
        ProjectId = Required(fact.ProjectId, nameof(RunFact.ProjectId));
        WorkOrderId = Required(fact.WorkOrderId, nameof(RunFact.WorkOrderId));
        Iteration = 1;
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

    /// <summary>Records a run that was not known before.</summary>
    /// <param name="fact">A valid fact with an id.</param>
    /// <param name="now">The time of recording, for what the fact leaves open.</param>
    /// <param name="run">The run, or null when the fact gives an end and leaves a start open that cannot be now.</param>
    /// <exception cref="ArgumentException">The fact breaks a rule that its validator should have refused.</exception>
    public static FactResult Create(RunFact fact, DateTimeOffset now, out Run? run)
    {
        var startedAt = Instants.Normalize(fact.StartedAt ?? now);
        if (fact.StartedAt is null && fact.EndedAt < startedAt)
        {
            run = null;
            return FactResult.Invalid([new FactError("started_at", null, $"an instant at or before ended_at, {Instants.Format(fact.EndedAt.Value)}")]);
        }

        run = new Run(fact, startedAt);
        var status = StatusOf(fact);
        if (status != RunStatus.Running)
        {
            run.End(status, Instants.Normalize(fact.EndedAt), now);
        }
        else if (fact.EndedAt is not null)
        {
            throw new ArgumentException("A run that is running has not ended.", nameof(fact));
        }

        return FactResult.Created;
    }

    /// <summary>
    /// Takes in another fact about this run. A running run may end; that it is running says nothing new of a run that has ended. Anything that
    /// differs from what is recorded is a conflict and changes nothing.
    /// </summary>
    /// <param name="fact">A valid fact with the id of this run.</param>
    /// <param name="now">The time of recording, for what the fact leaves open.</param>
    public FactResult Apply(RunFact fact, DateTimeOffset now)
    {
        var endedAt = Instants.Normalize(fact.EndedAt);
        var contradictions = new Contradictions()
            .Compare("project_id", fact.ProjectId, ProjectId)
            .Compare("work_order_id", fact.WorkOrderId, WorkOrderId)
            .Compare("started_at", Instants.Normalize(fact.StartedAt), StartedAt);

        var status = StatusOf(fact);
        var ends = status != RunStatus.Running;
        if (ends && Status != RunStatus.Running)
        {
            contradictions.Compare("status", fact.Status, Status.Name());
            if (endedAt is not null)
            {
                contradictions.Compare("ended_at", endedAt, EndedAt);
            }
        }
        else if (endedAt < StartedAt)
        {
            contradictions.Add("ended_at", Instants.Format(endedAt.Value), $"an instant at or after the start, {Instants.Format(StartedAt)}");
        }

        if (contradictions.Any)
        {
            return contradictions.ToConflict();
        }

        if (!ends || Status != RunStatus.Running)
        {
            return FactResult.Unchanged;
        }

        End(status, endedAt, now);
        return FactResult.Updated;
    }

    /// <summary>Takes notice of a phase in <paramref name="iteration"/>, from 1.</summary>
    public void SeeIteration(int iteration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iteration, 1);
        Iteration = Math.Max(Iteration, iteration);
    }

    private void End(RunStatus status, DateTimeOffset? endedAt, DateTimeOffset now)
    {
        var end = endedAt ?? Later(Instants.Normalize(now), StartedAt);
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

    private static RunStatus StatusOf(RunFact fact) => fact.Status is null ? RunStatus.Running : Terms.Statuses.Parse(fact.Status);
}
