using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Http;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>
/// Closed phases that come in one by one, as requests or as rows. Each connection goes through runs of its own, as many runners would: phases of one
/// run wait for each other where each has a transaction.
/// </summary>
/// <param name="runs">Their runs.</param>
/// <param name="connections">How many come in at the same time.</param>
internal sealed class PhasesOfManyRuns(IReadOnlyList<GeneratedRun> runs, int connections)
{
    /// <summary>The requests, and one that has to go before them.</summary>
    public (byte[] Runs, IReadOnlyList<byte[]> Phases) ToRequests()
    {
        var (before, phases) = WriteRequests.PhaseByPhase(runs);
        return (before, Deal(phases));
    }

    /// <summary>The rows, and those of the runs, which are under way when their phases come in.</summary>
    public (IReadOnlyList<(FactTable Table, IReadOnlyList<object?[]> Rows)> Runs, IReadOnlyList<object?[]> Phases) ToRows() => (
        PostgreSqlRows.Of([.. runs.Select(run => new GeneratedRun(
            run.Run with { Status = RunStatus.Running.Name(), EndedAt = null }, PhaseMetricFact.FirstIteration, []))]),
        Deal([.. runs.SelectMany(run => run.PhaseMetrics).Where(metric => metric.Outcome is not null).Select(PostgreSqlRows.OfPhaseMetric)]));

    /// <summary>Of as many parts as there are connections first the first of each, then the second of each and so on.</summary>
    private List<T> Deal<T>(IReadOnlyList<T> phases)
    {
        var length = (phases.Count + connections - 1) / connections;
        return [.. phases.Index().OrderBy(phase => phase.Index % length).Select(phase => phase.Item)];
    }
}
