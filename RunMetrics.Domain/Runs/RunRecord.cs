using RunMetrics.Domain.Vocabulary;

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
public sealed record RunRecord(
    string Id,
    string ProjectId,
    string WorkOrderId,
    RunStatus Status,
    int Iteration,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    long TotalSeconds);
