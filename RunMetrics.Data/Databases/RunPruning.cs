using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Databases;

/// <summary>Runs that are old enough to be deleted, or were.</summary>
/// <param name="Runs">How many runs.</param>
/// <param name="PhaseMetrics">How many phase metrics they have.</param>
public sealed record PrunedRuns(long Runs, long PhaseMetrics);

/// <summary>
/// Deletes the runs that ended before an instant, of all projects or of one, in small transactions. It goes along the runs by their start, which is before
/// their end, so that their index leads to those that are meant, and past each of the others once.
/// </summary>
/// <param name="provider">Whose database it is, of the schema of this version.</param>
/// <param name="contexts">Makes the contexts.</param>
/// <param name="endedBefore">The instant; a run that ended then stays.</param>
/// <param name="projectId">The project; null for all.</param>
internal sealed class RunPruning(
    DatabaseProvider provider, IDbContextFactory<RunMetricsDbContext> contexts, DateTimeOffset endedBefore, string? projectId)
{
    private const int MaxRunsOfATransaction = 100;

    /// <summary>A run that has more is deleted in a transaction of its own.</summary>
    private const int MaxPhaseMetricsOfATransaction = 1_000;

    /// <summary>Counts what <see cref="DeleteAsync(TimeProvider, IProgress{PrunedRuns}?, CancellationToken)"/> would delete.</summary>
    public async Task<PrunedRuns> CountAsync(CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        await using var interruption = provider.InterruptOn(context.Database.GetDbConnection(), cancellationToken);
        var runs = RunsOf(context);
        return new PrunedRuns(
            await runs.LongCountAsync(cancellationToken), await runs.SelectMany(run => run.PhaseMetrics).LongCountAsync(cancellationToken));
    }

    /// <summary>Deletes them.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told after each transaction how much is deleted so far.</param>
    /// <param name="cancellationToken">Ends the call; what was told is deleted, and no more.</param>
    public async Task<PrunedRuns> DeleteAsync(TimeProvider time, IProgress<PrunedRuns>? progress, CancellationToken cancellationToken)
    {
        await using var context = await OpenAsync(cancellationToken);
        using var transactions = new RetriedTransactions(provider, contexts);
        var pruned = new PrunedRuns(0, 0);
        Candidate? last = null;
        while (await ListAfter(context, last).ToListAsync(cancellationToken) is { Count: > 0 } candidates)
        {
            foreach (var ids in Divide(candidates))
            {
                var started = time.GetTimestamp();
                var (runs, phaseMetrics) = await transactions.WriteAsync(
                    transaction => DeleteAsync(transaction, ids, cancellationToken), commits: true, cancellationToken);
                pruned = new PrunedRuns(pruned.Runs + runs, pruned.PhaseMetrics + phaseMetrics);
                progress?.Report(pruned);
                if (provider.HasOneWriter)
                {
                    // Who waits for the lock looks for it now and then: it is free for as long as it was held.
                    await Task.Delay(time.GetElapsedTime(started), time, cancellationToken);
                }
            }

            last = candidates[^1];
        }

        return pruned;
    }

    /// <summary>Nobody else changes what was loaded until the end of the transaction.</summary>
    private async Task<PrunedRuns> DeleteAsync(WriteTransaction transaction, IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
    {
        var stored = await transaction.LoadAsync(new WantedRows(runIds, LabelledRuns: [], PhaseMetrics: []), cancellationToken);
        string[] ended = [.. stored.Runs.Where(run => run.EndedAt < endedBefore && (projectId is null || run.ProjectId == projectId)).Select(run => run.Id)];
        return new PrunedRuns(ended.Length, await transaction.DeleteRunsAsync(ended, cancellationToken));
    }

    private async Task<RunMetricsDbContext> OpenAsync(CancellationToken cancellationToken)
    {
        var context = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await context.Database.OpenConnectionAsync(cancellationToken);
            return context;
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    private IQueryable<Run> RunsOf(RunMetricsDbContext context)
    {
        var runs = context.Runs.AsNoTracking().Where(run => run.StartedAt < endedBefore && run.EndedAt < endedBefore);
        return projectId is null ? runs : runs.Where(run => run.ProjectId == projectId);
    }

    private IQueryable<Candidate> ListAfter(RunMetricsDbContext context, Candidate? last)
    {
        var runs = RunsOf(context);
        if (last is not null)
        {
            runs = runs.Where(run => run.StartedAt >= last.StartedAt && (run.StartedAt > last.StartedAt || string.Compare(run.Id, last.Id) > 0));
        }

        return runs
            .OrderBy(run => run.StartedAt)
            .ThenBy(run => run.Id)
            .Take(MaxRunsOfATransaction)
            .Select(run => new Candidate(run.Id, run.StartedAt, run.PhaseMetrics.Count()));
    }

    /// <summary>The ids of the runs of each transaction.</summary>
    private static IEnumerable<IReadOnlyCollection<string>> Divide(IEnumerable<Candidate> candidates)
    {
        var (ids, phaseMetrics) = (new List<string>(), 0);
        foreach (var candidate in candidates)
        {
            if (ids.Count > 0 && phaseMetrics + candidate.PhaseMetrics > MaxPhaseMetricsOfATransaction)
            {
                yield return ids;
                (ids, phaseMetrics) = ([], 0);
            }

            ids.Add(candidate.Id);
            phaseMetrics += candidate.PhaseMetrics;
        }

        yield return ids;
    }

    private sealed record Candidate(string Id, DateTimeOffset StartedAt, int PhaseMetrics);
}
