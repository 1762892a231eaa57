using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Data.Queries;

/// <summary>Everything that is read, as projections that the database computes.</summary>
/// <exception cref="StoreUnavailableException">Of every method: the database cannot be read now, or is damaged.</exception>
public sealed class RunMetricsQueries : IDisposable
{
    private readonly DatabaseProvider _provider;
    private readonly OpenContexts _contexts;
    private readonly CompiledQueries _compiled = new();
    private readonly HistogramTables _tables;

    internal RunMetricsQueries(DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts)
    {
        _provider = provider;
        _contexts = new OpenContexts(provider, contexts);
        _tables = new HistogramTables(provider);
    }

    /// <summary>A run.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run.</returns>
    public Task<RunRecord?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context => await _compiled.FindRun(context, runId, cancellationToken) is { } run && access.Allows(run.ProjectId) ? run : null,
        cancellationToken);

    /// <summary>The phase metrics of a run, ordered by start, then phase, then id.</summary>
    /// <param name="runId">The id of the run.</param>
    /// <param name="access">The projects in which the run may lie.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when there is no such run; empty when it has no metrics.</returns>
    public Task<IReadOnlyList<PhaseMetricRecord>?> ListPhaseMetricsAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            var metrics = new List<PhaseMetricRecord>();
            if (access.ProjectIds is null || await MayReadAsync(context))
            {
                await foreach (var metric in _compiled.ListPhaseMetrics(context, runId).WithCancellation(cancellationToken))
                {
                    metrics.Add(metric);
                }
            }

            return metrics.Count > 0 || await MayReadAsync(context) ? (IReadOnlyList<PhaseMetricRecord>)metrics : null;

            async Task<bool> MayReadAsync(RunMetricsDbContext from) =>
                await _compiled.FindProject(from, runId, cancellationToken) is { } projectId && access.Allows(projectId);
        },
        cancellationToken);

    /// <summary>The projects that have runs, by id in the order of its bytes.</summary>
    /// <param name="after">The id after which the page begins; null for the first page.</param>
    /// <param name="limit">How many projects a page has at most, from 1.</param>
    /// <param name="access">The projects that may be listed.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<Page<ProjectRecord>> ListProjectsAsync(string? after, int limit, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            var counts = context.ProjectCounts.Where(count => count.Runs > 0);
            if (after is not null)
            {
                counts = counts.Where(count => string.Compare(count.ProjectId, after) > 0);
            }

            if (access.ProjectIds is { } projectIds)
            {
                counts = counts.Where(count => projectIds.Contains(count.ProjectId));
            }

            var projects = await counts
                .OrderBy(project => project.ProjectId)
                .Select(project => new ProjectRecord(
                    project.ProjectId, project.Runs, context.Runs.Where(run => run.ProjectId == project.ProjectId).Max(run => run.StartedAt)))
                .Take(limit + 1)
                .ToListAsync(cancellationToken);
            return ToPage(projects, limit);
        },
        cancellationToken);

    /// <summary>Runs, newest first by start, then id. Runs that are added meanwhile do not move the others to another page.</summary>
    /// <param name="filter">The runs that are listed.</param>
    /// <param name="after">The place after which the page begins; null for the first page.</param>
    /// <param name="limit">How many runs a page has at most, from 1.</param>
    /// <param name="access">The projects that may be listed.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project of the filter has no run at all.</returns>
    public Task<Page<RunRecord>?> ListRunsAsync(
        RunFilter filter, RunPosition? after, int limit, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            var runs = context.RunsWhere(filter, access);
            if (after is not null)
            {
                runs = runs.Where(run => run.StartedAt <= after.StartedAt
                    && (run.StartedAt < after.StartedAt || string.Compare(run.Id, after.Id) < 0));
            }

            await using var snapshot = await ReadTransaction.BeginAsync(_provider, context, cancellationToken);
            var records = await runs
                .OrderByDescending(run => run.StartedAt)
                .ThenByDescending(run => run.Id)
                .Take(limit + 1)
                .Select(run => new SummedRun
                {
                    Run = run,
                    TotalSeconds = context.RunFigures.Where(figures => figures.RunId == run.Id).Select(figures => figures.TotalSeconds).SingleOrDefault(),
                })
                .Select(CompiledQueries.ToRunRecord)
                .ToListAsync(cancellationToken);
            var isKnown = records.Count > 0 || filter.ProjectId is null
                || await context.RunsWhere(new RunFilter { ProjectId = filter.ProjectId }, access).AnyAsync(cancellationToken);
            return isKnown ? ToPage(records, limit) : null;
        },
        cancellationToken);

    /// <summary>The summary of a project, or of all.</summary>
    /// <param name="projectId">The project; null for all projects together.</param>
    /// <param name="recent">How many of the newest runs to list, at most.</param>
    /// <param name="asOf">
    /// Only what had happened by this instant counts: runs that had started, running if they had not ended; phases that had started, open if they
    /// ended later. Null for now.
    /// </param>
    /// <param name="access">The projects that count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run; over all projects there is always a summary.</returns>
    public Task<RunMetricsSummary?> SummarizeAsync(
        string? projectId, int recent, DateTimeOffset? asOf, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            // One transaction, one state of the database: the figures agree with each other while others write.
            await using var snapshot = await ReadTransaction.BeginAsync(_provider, context, cancellationToken);
            var filter = new RunFilter { ProjectId = projectId };
            var isCounted = HistogramTables.Serve(filter, asOf, access);
            var queries = new HistogramQueries(context, filter, asOf, access);
            var totals = isCounted ? await _tables.AddUpAsync(context, projectId, cancellationToken) : await queries.AddUpAsync(cancellationToken);
            if (totals.Runs == 0 && projectId is not null)
            {
                return null;
            }

            return totals.ToSummary(isCounted
                ? await _tables.ListRecentAsync(context, projectId, recent, cancellationToken)
                : await queries.ListRecentAsync(recent, cancellationToken));
        },
        cancellationToken);

    /// <summary>How runs and their phases came out and what they took.</summary>
    /// <param name="filter">The runs that count.</param>
    /// <param name="asOf">
    /// Only what had happened by this instant counts: runs that had started, running if they had not ended; phases that had started, open if they
    /// ended later. A closed phase whose end is unknown counts as closed. Null for now.
    /// </param>
    /// <param name="groupBy">The name of the label for whose values to repeat the statistics; null for none.</param>
    /// <param name="access">The projects that count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run, whatever else the filter says; over all projects there are always statistics.</returns>
    public Task<RunMetricsStatistics?> ComputeStatisticsAsync(
        RunFilter filter, DateTimeOffset? asOf, string? groupBy, ProjectAccess access, CancellationToken cancellationToken) => ReadAsync(
        async context =>
        {
            await using var snapshot = await ReadTransaction.BeginAsync(_provider, context, cancellationToken);
            var (histogram, groups) = groupBy is null && HistogramTables.Serve(filter, asOf, access)
                ? (await _tables.ReadHistogramAsync(context, filter.ProjectId, cancellationToken), null)
                : await CountAsync(context, filter, asOf, groupBy, access, cancellationToken);
            if (filter.ProjectId is not null && histogram.Runs.Count == 0 && !await IsKnownAsync(context))
            {
                return null;
            }

            return new RunMetricsStatistics(
                filter.ProjectId,
                filter.Since,
                filter.Until,
                asOf,
                histogram.RunStatistics(),
                histogram.IterationStatistics(),
                histogram.PhaseStatistics(),
                groups);

            Task<bool> IsKnownAsync(RunMetricsDbContext from) =>
                new HistogramQueries(from, new RunFilter { ProjectId = filter.ProjectId }, asOf, access).AnyAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>
    /// The recorded facts, each run directly before its phases: runs by start, then id, phases as listed. They are read in parts while they are
    /// taken: no state of the database is held in between, and a run that changes meanwhile is told as it stood when it was reached.
    /// </summary>
    /// <param name="filter">The runs to read.</param>
    /// <param name="access">The projects that may be read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<Fact> ExportAsync(
        RunFilter filter, ProjectAccess access, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var export = new FactExport(_provider, _compiled, filter, access);
        while (await ReadAsync(context => export.ReadChunkAsync(context, cancellationToken), cancellationToken) is { Count: > 0 } chunk)
        {
            foreach (var fact in chunk)
            {
                yield return fact;
            }
        }
    }

    /// <summary>Closes the connections that are kept open for the next call. Harmless when repeated.</summary>
    public void Dispose() => _contexts.Dispose();

    private static async Task<(Histogram All, IReadOnlyList<GroupStatistics>? Groups)> CountAsync(
        RunMetricsDbContext context, RunFilter filter, DateTimeOffset? asOf, string? groupBy, ProjectAccess access, CancellationToken cancellationToken)
    {
        var queries = new HistogramQueries(context, filter, asOf, access);
        var values = groupBy is null ? [] : await queries.ListValuesAsync(groupBy, cancellationToken);
        var cells = await queries.CountAsync(groupBy, values, cancellationToken);
        return (cells.ToHistogram(), groupBy is null ? null : [.. cells.ToHistograms(values).Select(group => ToStatistics(groupBy, group))]);
    }

    private static GroupStatistics ToStatistics(string label, (string? Value, Histogram Histogram) group) => new(
        label, group.Value, group.Histogram.RunStatistics(), group.Histogram.IterationStatistics(), group.Histogram.PhaseStatistics());

    private static Page<T> ToPage<T>(List<T> items, int limit) => new(items.Count > limit ? items[..limit] : items, items.Count > limit);

    /// <summary>Tells a database that cannot be read now from a mistake of ours, and ends a long statement when the caller goes away.</summary>
    private async Task<T> ReadAsync<T>(Func<RunMetricsDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await ReadOnceAsync(read, cancellationToken);
            }
            catch (Exception exception) when (_provider.IsTransient(exception))
            {
                // Connections that were idle while the server went away are lost, all of them.
                _contexts.CloseIdle();
                return await ReadOnceAsync(read, cancellationToken);
            }
        }
        catch (Exception exception) when (_provider.IsInterruption(exception))
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (_provider.FindUnavailability(exception) is { } reason)
        {
            throw new StoreUnavailableException(reason, exception);
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<RunMetricsDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        var context = await _contexts.TakeAsync(cancellationToken);
        T answer;
        try
        {
            await using var interruption = _provider.InterruptOn(context.Database.GetDbConnection(), cancellationToken);
            answer = await read(context);
        }
        catch
        {
            // It may have a transaction or a statement left that nobody ends.
            _contexts.Close(context);
            throw;
        }

        _contexts.Return(context);
        return answer;
    }
}
