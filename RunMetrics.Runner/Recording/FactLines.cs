using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Runner.Recording;

/// <summary>What is recorded of a run as lines of facts, the run first, which another RunMetrics imports as they are.</summary>
internal static class FactLines
{
    /// <summary>Writes the lines.</summary>
    public static async Task WriteAsync(Stream output, RunHistory history, CancellationToken cancellationToken)
    {
        foreach (var fact in history.PhaseMetrics.Select(ToFact).Prepend<Fact>(ToFact(history.Run)))
        {
            await output.WriteAsync(FactWriter.ToLine(fact), cancellationToken);
            await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
    }

    private static RunFact ToFact(RunRecord run) => new()
    {
        Id = run.Id,
        ProjectId = run.ProjectId,
        WorkOrderId = run.WorkOrderId,
        Status = run.Status.Name(),
        StartedAt = run.StartedAt,
        EndedAt = run.EndedAt,
        Labels = run.Labels,
    };

    private static PhaseMetricFact ToFact(PhaseMetricRecord metric) => new()
    {
        Id = metric.Id,
        RunId = metric.RunId,
        Phase = metric.Phase.Name(),
        Iteration = metric.Iteration,
        StartedAt = metric.StartedAt,
        EndedAt = metric.EndedAt,
        DurationSeconds = metric.DurationSeconds,
        Outcome = metric.Outcome?.Name(),
        Metadata = metric.Metadata,
    };
}
