using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>A run as it is read.</summary>
/// <param name="Id">The id of the run.</param>
/// <param name="ProjectId">The project that the run belongs to.</param>
/// <param name="WorkOrderId">The work order that the run works on.</param>
/// <param name="Status">Where the run stands.</param>
/// <param name="Iteration">The highest iteration seen, from 1.</param>
/// <param name="StartedAt">When the run started, UTC.</param>
/// <param name="EndedAt">When the run ended, UTC; null while it is running.</param>
/// <param name="TotalSeconds">The sum of every known duration of the run's phases, in seconds.</param>
/// <param name="Labels">What tells the run from others, such as agent, model or size of the task, by name; null when it has no labels.</param>
public sealed record RunRecord(
    string Id,
    string ProjectId,
    string WorkOrderId,
    RunStatus Status,
    [property: Range(PhaseMetricFact.FirstIteration, int.MaxValue)] int Iteration,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    [property: Range(typeof(long), "0", "9223372036854775807")] long TotalSeconds,
    IReadOnlyDictionary<string, string>? Labels)
{
    /// <summary>The run as the fact that states it.</summary>
    internal RunFact ToFact() => new()
    {
        Id = Id,
        ProjectId = ProjectId,
        WorkOrderId = WorkOrderId,
        Status = Status.Name(),
        StartedAt = StartedAt,
        EndedAt = EndedAt,
        Labels = Labels,
    };
}

/// <summary>A phase metric as it is read.</summary>
/// <param name="Id">The id of the metric.</param>
/// <param name="RunId">The run that the phase belongs to.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Iteration">The iteration of the run, from 1.</param>
/// <param name="StartedAt">When the phase started, UTC.</param>
/// <param name="EndedAt">When the phase ended, UTC; null while it is open or when its end is unknown.</param>
/// <param name="DurationSeconds">How long the phase took, in whole seconds; null exactly when <c>ended_at</c> is.</param>
/// <param name="Outcome">How the phase came out; null while it is open.</param>
/// <param name="Metadata">What else is known of the phase, such as test count, files changed or exit code.</param>
public sealed record PhaseMetricRecord(
    string Id,
    string RunId,
    RunPhase Phase,
    [property: Range(PhaseMetricFact.FirstIteration, int.MaxValue)] int Iteration,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    [property: Range(0, int.MaxValue)] int? DurationSeconds,
    PhaseOutcome? Outcome,
    JsonElement? Metadata)
{
    /// <summary>The phase metric as the fact that states it.</summary>
    internal PhaseMetricFact ToFact() => new()
    {
        Id = Id,
        RunId = RunId,
        Phase = Phase.Name(),
        Iteration = Iteration,
        StartedAt = StartedAt,
        EndedAt = EndedAt,
        DurationSeconds = DurationSeconds,
        Outcome = Outcome?.Name(),
        Metadata = Metadata,
    };
}

/// <summary>What is recorded of a run so far; from it a run is resumed.</summary>
/// <param name="Run">The run.</param>
/// <param name="PhaseMetrics">Its phase metrics by start, then phase, then id.</param>
public sealed record RunHistory(RunRecord Run, IReadOnlyList<PhaseMetricRecord> PhaseMetrics);
