using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Queries;

/// <summary>Has the database count runs and phases into the cells of a <see cref="Histogram"/>: no row of the metrics travels for it.</summary>
internal sealed class HistogramQueries(RunMetricsDbContext context, StatisticsFilter filter, ProjectAccess access)
{
    private readonly DateTimeOffset? _asOf = Instants.Normalize(filter.AsOf);

    /// <summary>Counts.</summary>
    public async Task<Histogram> CountAsync(CancellationToken cancellationToken) =>
        new(await CountRuns().ToListAsync(cancellationToken), await CountPhases().ToListAsync(cancellationToken));

    private IQueryable<RunCell> CountRuns()
    {
        var metrics = Metrics();
        return Runs()
            .Select(run => new
            {
                Status = _asOf != null && run.EndedAt > _asOf ? RunStatus.Running : run.Status,
                Iterations = _asOf == null
                    ? run.Iteration
                    : metrics.Where(metric => metric.RunId == run.Id).Max(metric => (int?)metric.Iteration),
                TotalSeconds = metrics.Where(metric => metric.RunId == run.Id).Sum(metric => (long?)metric.DurationSeconds),
                HasVerdict = metrics.Any(metric => metric.RunId == run.Id
                    && (metric.Outcome == PhaseOutcome.Approved || metric.Outcome == PhaseOutcome.ChangesRequested)),
                IsApprovedAtFirst = metrics.Any(metric => metric.RunId == run.Id
                    && metric.Outcome == PhaseOutcome.Approved && metric.Iteration == PhaseMetricFact.FirstIteration),
            })
            .GroupBy(run => run)
            .Select(runs => new RunCell(
                runs.Key.Status, runs.Key.Iterations, runs.Key.TotalSeconds, runs.Key.HasVerdict, runs.Key.IsApprovedAtFirst, runs.LongCount()));
    }

    private IQueryable<PhaseCell> CountPhases() => Runs()
        .Join(Metrics(), run => run.Id, metric => metric.RunId, (_, metric) => new
        {
            metric.Phase,
            Iteration = metric.Iteration < PhaseIterationStatistics.FirstOfTheRest ? metric.Iteration : PhaseIterationStatistics.FirstOfTheRest,
            metric.Outcome,
            metric.DurationSeconds,
        })
        .GroupBy(metric => metric)
        .Select(metrics => new PhaseCell(
            metrics.Key.Phase, metrics.Key.Iteration, metrics.Key.Outcome, metrics.Key.DurationSeconds, metrics.LongCount()));

    private IQueryable<Run> Runs()
    {
        var runs = context.Runs.AsNoTracking();
        if (access.ProjectIds is { } projectIds)
        {
            runs = runs.Where(run => projectIds.Contains(run.ProjectId));
        }

        if (filter.ProjectId is not null)
        {
            runs = runs.Where(run => run.ProjectId == filter.ProjectId);
        }

        if (filter.WorkOrderId is not null)
        {
            runs = runs.Where(run => run.WorkOrderId == filter.WorkOrderId);
        }

        if (filter.Since is not null)
        {
            runs = runs.Where(run => run.StartedAt >= filter.Since);
        }

        if (filter.Until is not null)
        {
            runs = runs.Where(run => run.StartedAt < filter.Until);
        }

        if (_asOf is not null)
        {
            runs = runs.Where(run => run.StartedAt <= _asOf);
        }

        return filter.Status switch
        {
            null => runs,
            RunStatus.Running => runs.Where(run => run.EndedAt == null || run.EndedAt > _asOf),
            _ => runs.Where(run => run.Status == filter.Status && (_asOf == null || run.EndedAt <= _asOf)),
        };
    }

    private IQueryable<CountedMetric> Metrics()
    {
        var metrics = context.PhaseMetrics.AsNoTracking();
        return _asOf is null
            ? metrics.Select(metric => new CountedMetric
            {
                RunId = metric.RunId,
                Phase = metric.Phase,
                Iteration = metric.Iteration,
                Outcome = metric.Outcome,
                DurationSeconds = metric.DurationSeconds,
            })
            : metrics.Where(metric => metric.StartedAt <= _asOf).Select(metric => new CountedMetric
            {
                RunId = metric.RunId,
                Phase = metric.Phase,
                Iteration = metric.Iteration,
                Outcome = metric.EndedAt > _asOf ? null : metric.Outcome,
                DurationSeconds = metric.EndedAt > _asOf ? null : metric.DurationSeconds,
            });
    }

    /// <summary>A phase metric as it counts.</summary>
    private sealed class CountedMetric
    {
        public required string RunId { get; init; }

        public required RunPhase Phase { get; init; }

        public required int Iteration { get; init; }

        public required PhaseOutcome? Outcome { get; init; }

        public required int? DurationSeconds { get; init; }
    }
}
