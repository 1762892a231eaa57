using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Queries;

/// <summary>
/// Runs and phases as they stand, or stood at an instant, and the <see cref="HistogramCells"/> of them: the database counts, and no row of the metrics
/// travels for it.
/// </summary>
/// <param name="context">The database.</param>
/// <param name="filter">The runs that count.</param>
/// <param name="asOf">The instant whose knowledge counts; null for now.</param>
/// <param name="access">The projects that count.</param>
internal sealed class HistogramQueries(RunMetricsDbContext context, RunFilter filter, DateTimeOffset? asOf, ProjectAccess access)
{
    private readonly DateTimeOffset? _asOf = Instants.Normalize(asOf);

    /// <summary>Counts.</summary>
    /// <param name="groupBy">The name of the label by whose values to group; null for no groups.</param>
    /// <param name="values">The values that are groups by themselves.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<HistogramCells> CountAsync(string? groupBy, IReadOnlyList<string> values, CancellationToken cancellationToken)
    {
        var runs = groupBy is null
            ? Runs().Select(run => new GroupedRun { Run = run, Group = null })
            // A run has one label of a name, and its key leads to it: the values are none to seek by.
            : Runs().SelectMany(
                run => run.Labels.Where(label => label.Name == groupBy).DefaultIfEmpty(),
                (run, label) => new GroupedRun { Run = run, Group = values.Contains(label!.Value) ? label.Value : null });
        return new HistogramCells(await CountRuns(runs).ToListAsync(cancellationToken), await CountPhases(runs).ToListAsync(cancellationToken));
    }

    /// <summary>Adds up what a summary needs.</summary>
    public async Task<SummaryTotals> AddUpAsync(CancellationToken cancellationToken)
    {
        var metrics = Metrics();
        var runs = Runs();
        return new SummaryTotals(
            await runs
                .Select(run => _asOf == null ? run.Iteration : metrics.Where(metric => metric.RunId == run.Id).Max(metric => (int?)metric.Iteration) ?? PhaseMetricFact.FirstIteration)
                .GroupBy(iterations => iterations)
                .Select(same => new IterationTotals(same.Key, same.LongCount()))
                .ToListAsync(cancellationToken),
            await runs
                .Join(metrics, run => run.Id, metric => metric.RunId, (run, metric) => metric)
                .Where(metric => metric.Outcome != null && metric.Outcome != PhaseOutcome.Skipped && metric.DurationSeconds != null)
                .GroupBy(metric => metric.Phase)
                .Select(phase => new PhaseTotals(phase.Key, phase.LongCount(), phase.Sum(metric => (long)metric.DurationSeconds!)))
                .ToListAsync(cancellationToken));
    }

    /// <summary>The most frequent values of a label, most runs first, then by value.</summary>
    public Task<List<string>> ListValuesAsync(string label, CancellationToken cancellationToken) => Runs()
        .SelectMany(run => run.Labels.Where(other => other.Name == label))
        .GroupBy(other => other.Value)
        .OrderByDescending(runs => runs.Count())
        .ThenBy(runs => runs.Key)
        .Select(runs => runs.Key)
        .Take(GroupStatistics.MaxValues)
        .ToListAsync(cancellationToken);

    /// <summary>The newest runs.</summary>
    public Task<List<RecentRun>> ListRecentAsync(int count, CancellationToken cancellationToken)
    {
        var metrics = Metrics();
        return Runs()
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(count)
            .Select(run => new RecentRun(
                run.WorkOrderId,
                (_asOf == null ? run.Iteration : metrics.Where(metric => metric.RunId == run.Id).Max(metric => (int?)metric.Iteration))
                    ?? PhaseMetricFact.FirstIteration,
                metrics.Where(metric => metric.RunId == run.Id).Sum(metric => (long?)metric.DurationSeconds) ?? 0,
                run.Id,
                _asOf != null && run.EndedAt > _asOf ? RunStatus.Running : run.Status,
                run.StartedAt))
            .ToListAsync(cancellationToken);
    }

    /// <summary>True when there is any run.</summary>
    public Task<bool> AnyAsync(CancellationToken cancellationToken) => Runs().AnyAsync(cancellationToken);

    private IQueryable<RunCell> CountRuns(IQueryable<GroupedRun> runs) => (_asOf is null ? FiguresOf(runs) : PastFiguresOf(runs))
        // Sorted by numbers first: comparing text costs the database twice as much.
        .GroupBy(run => new { run.TotalSeconds, run.Iterations, run.HasVerdict, run.IsApprovedAtFirst, run.Status, run.Group })
        .Select(cell => new RunCell(
            cell.Key.Group,
            cell.Key.Status,
            cell.Key.Iterations,
            cell.Key.TotalSeconds,
            cell.Key.HasVerdict,
            cell.Key.IsApprovedAtFirst,
            cell.LongCount()));

    private IQueryable<CountedRun> FiguresOf(IQueryable<GroupedRun> runs) =>
        runs.Join(context.RunFigures, grouped => grouped.Run.Id, figures => figures.RunId, (grouped, figures) => new CountedRun
        {
            Group = grouped.Group,
            Status = grouped.Run.Status,
            Iterations = grouped.Run.Iteration,
            TotalSeconds = figures.TotalSeconds,
            HasVerdict = figures.Verdicts > 0,
            IsApprovedAtFirst = figures.FirstApprovals > 0,
        });

    private IQueryable<CountedRun> PastFiguresOf(IQueryable<GroupedRun> runs) =>
        from grouped in runs
        join metric in Metrics() on grouped.Run.Id equals metric.RunId into metrics
        from metric in metrics.DefaultIfEmpty()
        group metric by new { grouped.Run.Id, Status = grouped.Run.EndedAt > _asOf ? RunStatus.Running : grouped.Run.Status, grouped.Group } into run
        select new CountedRun
        {
            Group = run.Key.Group,
            Status = run.Key.Status,
            Iterations = run.Max(metric => (int?)metric.Iteration),
            TotalSeconds = run.Sum(metric => (long?)metric.DurationSeconds),
            HasVerdict = run.Count(metric => metric.Outcome == PhaseOutcome.Approved || metric.Outcome == PhaseOutcome.ChangesRequested) > 0,
            IsApprovedAtFirst = run.Count(metric => metric.Outcome == PhaseOutcome.Approved && metric.Iteration == PhaseMetricFact.FirstIteration) > 0,
        };

    private IQueryable<PhaseCell> CountPhases(IQueryable<GroupedRun> runs) => runs
        .Join(Metrics(), grouped => grouped.Run.Id, metric => metric.RunId, (grouped, metric) => new
        {
            // Numbers first, as above.
            metric.DurationSeconds,
            Iteration = metric.Iteration < PhaseIterationStatistics.FirstOfTheRest ? metric.Iteration : PhaseIterationStatistics.FirstOfTheRest,
            metric.Phase,
            metric.Outcome,
            grouped.Group,
        })
        .GroupBy(metric => metric)
        .Select(cell => new PhaseCell(
            cell.Key.Group, cell.Key.Phase, cell.Key.Iteration, cell.Key.Outcome, cell.Key.DurationSeconds, cell.LongCount()));

    private IQueryable<Run> Runs()
    {
        var runs = context.RunsWhere(filter with { Status = null }, access);
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

    /// <summary>A run with the group in which it counts.</summary>
    private sealed class GroupedRun
    {
        public required Run Run { get; init; }

        public required string? Group { get; init; }
    }

    /// <summary>A run as it counts.</summary>
    private sealed class CountedRun
    {
        public required string? Group { get; init; }

        public required RunStatus Status { get; init; }

        public required int? Iterations { get; init; }

        public required long? TotalSeconds { get; init; }

        public required bool HasVerdict { get; init; }

        public required bool IsApprovedAtFirst { get; init; }
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
