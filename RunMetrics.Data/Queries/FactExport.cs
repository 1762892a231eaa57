using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Queries;

/// <summary>
/// Reads facts chunk by chunk, each in a short transaction of its own, so that a reader who takes long keeps no old state of the database alive.
/// </summary>
/// <param name="provider">Whose database it is.</param>
/// <param name="compiled">The queries of a single run.</param>
/// <param name="filter">The runs to read.</param>
/// <param name="access">The projects that may be read.</param>
internal sealed class FactExport(DatabaseProvider provider, CompiledQueries compiled, RunFilter filter, ProjectAccess access)
{
    private const int MaxRunsOfAChunk = 200;
    private const int MaxFactsOfAChunk = 5_000;
    private const int MaxMetadataOfAChunk = 4 * 1024 * 1024;

    private RunPosition? _run;
    private PhaseMetricRecord? _phaseMetric;

    /// <summary>The next facts, each run directly before its phases; empty after the last.</summary>
    public async Task<IReadOnlyList<Fact>> ReadChunkAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var (run, phaseMetric) = (_run, _phaseMetric);
        try
        {
            return await ReadNextAsync(context, cancellationToken);
        }
        catch
        {
            // Nothing of it was told: who asks again asks for the same.
            (_run, _phaseMetric) = (run, phaseMetric);
            throw;
        }
    }

    private async Task<IReadOnlyList<Fact>> ReadNextAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        await using var snapshot = await ReadTransaction.BeginAsync(provider, context, cancellationToken);
        var chunk = new Chunk();
        if (_run is not null && _phaseMetric is not null)
        {
            await ReadPhaseMetricsAsync(chunk, ListPhaseMetricsAfter(context, _run.Id, _phaseMetric), cancellationToken);
        }

        if (!chunk.IsFull)
        {
            await ReadRunsAsync(chunk, context, cancellationToken);
        }

        return chunk.Facts;
    }

    private async Task ReadRunsAsync(Chunk chunk, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        foreach (var run in await ListRunsAfter(context, _run).ToListAsync(cancellationToken))
        {
            chunk.Facts.Add(run);
            (_run, _phaseMetric) = (new RunPosition(run.StartedAt!.Value, run.Id!), null);
            await ReadPhaseMetricsAsync(chunk, compiled.ListPhaseMetrics(context, run.Id!), cancellationToken);
            if (chunk.IsFull)
            {
                return;
            }
        }
    }

    private async Task ReadPhaseMetricsAsync(Chunk chunk, IAsyncEnumerable<PhaseMetricRecord> metrics, CancellationToken cancellationToken)
    {
        await foreach (var metric in metrics.WithCancellation(cancellationToken))
        {
            chunk.Add(metric);
            _phaseMetric = metric;
            if (chunk.IsFull)
            {
                return;
            }
        }
    }

    private IQueryable<RunFact> ListRunsAfter(RunMetricsDbContext context, RunPosition? after)
    {
        var runs = context.RunsWhere(filter, ProjectAccess.All);
        if (access.ProjectIds is { } projectIds)
        {
            // As an expression, so that runs are read in the order of their index: those of several projects would be sorted for every part.
            runs = runs.Where(run => projectIds.Contains(run.ProjectId + ""));
        }

        if (after is not null)
        {
            runs = runs.Where(run => run.StartedAt >= after.StartedAt && (run.StartedAt > after.StartedAt || string.Compare(run.Id, after.Id) > 0));
        }

        return runs.OrderBy(run => run.StartedAt).ThenBy(run => run.Id).Take(MaxRunsOfAChunk).Select(run => new RunFact
        {
            Id = run.Id,
            ProjectId = run.ProjectId,
            WorkOrderId = run.WorkOrderId,
            Status = run.Status.Name(),
            StartedAt = run.StartedAt,
            EndedAt = run.EndedAt,
            Labels = CompiledQueries.ToLabels(run.Labels.ToList()),
        });
    }

    private static IAsyncEnumerable<PhaseMetricRecord> ListPhaseMetricsAfter(RunMetricsDbContext context, string runId, PhaseMetricRecord after)
    {
        var laterPhases = EnumNames.Of<RunPhase>().Values.Where(phase => phase > after.Phase).ToArray();
        return context.PhaseMetrics
            .AsNoTracking()
            .Where(metric => metric.RunId == runId && metric.StartedAt >= after.StartedAt)
            .Where(metric => metric.StartedAt > after.StartedAt
                || laterPhases.Contains(metric.Phase)
                || (metric.Phase == after.Phase && string.Compare(metric.Id, after.Id) > 0))
            .OrderBy(metric => metric.StartedAt)
            .ThenBy(CompiledQueries.PhaseOrder)
            .ThenBy(metric => metric.Id)
            .Take(MaxFactsOfAChunk)
            .Select(CompiledQueries.ToRecord)
            .AsAsyncEnumerable();
    }

    private sealed class Chunk
    {
        private long _metadataLength;

        public List<Fact> Facts { get; } = [];

        public bool IsFull => Facts.Count >= MaxFactsOfAChunk || _metadataLength >= MaxMetadataOfAChunk;

        public void Add(PhaseMetricRecord metric)
        {
            Facts.Add(metric.ToFact());
            _metadataLength += metric.Metadata is { } metadata ? JsonMarshal.GetRawUtf8Value(metadata).Length : 0;
        }
    }
}
