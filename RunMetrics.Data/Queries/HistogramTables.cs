using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using static RunMetrics.Data.Context.SeriesNumbers;

namespace RunMetrics.Data.Queries;

/// <summary>
/// What summaries and statistics of all runs of a project, or of all there are, need, from the tables in which triggers have counted them and the
/// changes that wait to be counted: so many rows at most, however long the history is. <see cref="HistogramQueries"/> counts the same for any other
/// question.
/// </summary>
/// <param name="provider">Whose database it is.</param>
internal sealed class HistogramTables(DatabaseProvider provider)
{
    private readonly DurationSearch _search = new(provider);

    private readonly Func<RunMetricsDbContext, string, CancellationToken, Task<long?>> _findNumber = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string projectId, CancellationToken _) => context.ProjectCounts
            .Where(project => project.ProjectId == projectId)
            .Select(project => (long?)project.Project)
            .SingleOrDefault());

    private readonly Func<RunMetricsDbContext, long, IAsyncEnumerable<RunTally>> _listRunCounts = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long project) => context.RunCounts
            .Where(count => count.Project == project)
            .Select(count => new RunTally(count.Status, count.Iteration, count.HasVerdict, count.IsApprovedAtFirst, count.Runs)));

    private readonly Func<RunMetricsDbContext, long, IAsyncEnumerable<RunChange>> _listRunChanges = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long project) => context.RunChanges.Where(change => project == AllProjects || change.Project == project));

    private readonly Func<RunMetricsDbContext, long, long, IAsyncEnumerable<PhaseCount>> _listPhaseCounts = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long first, long last) => context.PhaseCounts
            .AsNoTracking()
            .Where(count => count.Series >= first && count.Series <= last));

    private readonly Func<RunMetricsDbContext, long, long, long, IAsyncEnumerable<PhaseChange>> _listPhaseChanges = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long project, long first, long last) => context.PhaseChanges
            .Where(change => project == AllProjects || (change.Series >= first && change.Series <= last))
            .GroupBy(change => new { Series = first + (change.Series % SeriesOfAProject), change.Outcome, change.Seconds })
            .Select(same => new PhaseChange
            {
                Series = same.Key.Series,
                Outcome = same.Key.Outcome,
                Seconds = same.Key.Seconds,
                Change = same.Sum(change => change.Change),
            }));

    private readonly Func<RunMetricsDbContext, long, IAsyncEnumerable<IterationTotals>> _addUpRuns = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long project) => context.RunCounts
            .Where(count => count.Project == project)
            .Select(count => new { count.Iteration, count.Runs })
            .Concat(context.RunChanges
                .Where(change => project == AllProjects || change.Project == project)
                .Select(change => new { change.Iteration, Runs = change.Change }))
            .GroupBy(count => count.Iteration)
            .Select(same => new IterationTotals(same.Key, same.Sum(count => count.Runs))));

    private readonly Func<RunMetricsDbContext, long, long, long, IAsyncEnumerable<SeriesTotals>> _addUpPhases = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long project, long first, long last) => context.PhaseCounts
            .Where(count => count.Series >= first && count.Series <= last)
            .Select(count => new SeriesTotals { Series = count.Series, Durations = count.Durations, TotalSeconds = count.TotalSeconds })
            .Concat(context.PhaseChanges
                .Where(change => change.Seconds != null && (project == AllProjects || (change.Series >= first && change.Series <= last)))
                .GroupBy(change => change.Series % SeriesOfAProject)
                .Select(series => new SeriesTotals
                {
                    Series = series.Key,
                    Durations = series.Sum(change => change.Change),
                    TotalSeconds = series.Sum(change => change.Change * change.Seconds!.Value),
                })));

    private readonly Func<RunMetricsDbContext, string, int, IAsyncEnumerable<RecentRun>> _listRecentOfProject = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, string projectId, int count) => context.Runs
            .Where(run => run.ProjectId == projectId)
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(count)
            .Select(run => new SummedRun
            {
                Run = run,
                TotalSeconds = context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
            })
            .Select(CompiledQueries.ToRecentRun));

    private readonly Func<RunMetricsDbContext, int, IAsyncEnumerable<RecentRun>> _listRecent = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, int count) => context.Runs
            .OrderByDescending(run => run.StartedAt)
            .ThenByDescending(run => run.Id)
            .Take(count)
            .Select(run => new SummedRun
            {
                Run = run,
                TotalSeconds = context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
            })
            .Select(CompiledQueries.ToRecentRun));

    /// <summary>True when the tables count just the runs that are meant.</summary>
    public static bool Serve(RunFilter filter, DateTimeOffset? asOf, ProjectAccess access) =>
        asOf is null
        && filter is { WorkOrderId: null, Status: null, Since: null, Until: null, Labels.Count: 0 }
        && (filter.ProjectId is null ? access.ProjectIds is null : access.Allows(filter.ProjectId));

    /// <summary>What a summary follows from.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project; null for all together.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<SummaryTotals> AddUpAsync(RunMetricsDbContext context, string? projectId, CancellationToken cancellationToken)
    {
        if (await FindNumberAsync(context, projectId, cancellationToken) is not { } project)
        {
            return new SummaryTotals([], []);
        }

        var (first, last) = SeriesOf(project);
        var phases = await _addUpPhases(context, project, first, last).ToListAsync(cancellationToken);
        return new SummaryTotals(
            await _addUpRuns(context, project).ToListAsync(cancellationToken),
            [
                .. phases
                    .GroupBy(totals => DurationSeries.PhaseOf(totals.Series))
                    .Where(phase => phase.Key is not null)
                    .Select(phase => new PhaseTotals(
                        phase.Key!.Value, phase.Sum(totals => totals.Durations), phase.Sum(totals => totals.TotalSeconds))),
            ]);
    }

    /// <summary>What statistics follow from.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project; null for all together.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Histogram> ReadHistogramAsync(RunMetricsDbContext context, string? projectId, CancellationToken cancellationToken)
    {
        if (await FindNumberAsync(context, projectId, cancellationToken) is not { } project)
        {
            return new Histogram([], [], new Dictionary<DurationKey, Distribution>());
        }

        var (first, last) = SeriesOf(project);
        var runCounts = await _listRunCounts(context, project).ToListAsync(cancellationToken);
        var runChanges = await _listRunChanges(context, project).ToListAsync(cancellationToken);
        var phaseCounts = await _listPhaseCounts(context, first, last).ToListAsync(cancellationToken);
        var phaseChanges = await _listPhaseChanges(context, project, first, last).ToListAsync(cancellationToken);
        var series = AddChanges(phaseCounts, phaseChanges, runChanges, first);
        return new Histogram(
            AddChanges(runCounts, runChanges),
            [.. series.SelectMany(one => one.Phases)],
            await _search.DistributeAsync(context, series, cancellationToken));
    }

    /// <summary>The newest runs.</summary>
    /// <param name="context">The database.</param>
    /// <param name="projectId">The project; null for all together.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<RecentRun>> ListRecentAsync(
        RunMetricsDbContext context, string? projectId, int count, CancellationToken cancellationToken) =>
        await (projectId is null ? _listRecent(context, count) : _listRecentOfProject(context, projectId, count)).ToListAsync(cancellationToken);

    private async ValueTask<long?> FindNumberAsync(RunMetricsDbContext context, string? projectId, CancellationToken cancellationToken) =>
        projectId is null ? AllProjects : await _findNumber(context, projectId, cancellationToken);

    private static (long First, long Last) SeriesOf(long project) =>
        (project * SeriesOfAProject, ((project + 1) * SeriesOfAProject) - 1);

    private static IReadOnlyList<RunTally> AddChanges(List<RunTally> counts, List<RunChange> changes) =>
    [
        .. counts
            .Concat(changes.Select(change => new RunTally(
                change.Status, change.Iteration, change.HasVerdict, change.IsApprovedAtFirst, change.Change)))
            .GroupBy(tally => tally with { Count = 0 }, tally => tally.Count)
            .Select(tallies => tallies.Key with { Count = tallies.Sum() })
            .Where(tally => tally.Count != 0),
    ];

    private static IReadOnlyList<DurationSeries> AddChanges(
        List<PhaseCount> counts, List<PhaseChange> phaseChanges, List<RunChange> runChanges, long wholeRuns)
    {
        var changes = phaseChanges
            .Select(change => (change.Series, change.Outcome, change.Seconds, change.Change))
            .Concat(runChanges.Where(change => change.Status != RunStatus.Running).Select(change => (
                Series: wholeRuns, Outcome: (PhaseOutcome?)null, Seconds: (long?)change.TotalSeconds, change.Change)))
            .ToLookup(change => change.Series, change => (change.Outcome, change.Seconds, change.Change));
        var counted = counts.ToDictionary(count => count.Series);
        return
        [
            .. counted.Keys
                .Union(changes.Select(change => change.Key))
                .Select(number => DurationSeries.Of(number, counted.GetValueOrDefault(number), [.. changes[number]])),
        ];
    }

    /// <summary>What the durations of a series come to.</summary>
    private sealed class SeriesTotals
    {
        public required long Series { get; init; }

        public required long Durations { get; init; }

        public required long TotalSeconds { get; init; }
    }
}
