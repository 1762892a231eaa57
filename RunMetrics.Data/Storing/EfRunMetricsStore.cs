using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Intake;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Storing;

/// <summary>
/// Writes facts with EF Core. Reading what is known and writing what is new happen under one write lock, so that several processes may state
/// the same and different facts at once.
/// </summary>
public sealed class EfRunMetricsStore(IDbContextFactory<RunMetricsDbContext> contexts, TimeProvider time) : IImpatientStore
{
    // SQLite's driver knows no shorter wait for a lock that others hold.
    private const int LeastLockTimeoutSeconds = 1;

    private readonly RunMetricsQueries _queries = new(contexts);

    /// <inheritdoc />
    public Task<IReadOnlyList<FactResult>> WriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        ExplainAsync<IReadOnlyList<FactResult>>(async () =>
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);

            // SQLite takes its write lock here, before anything is read: what is read stays true until the commit.
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            return await WriteAsync(context, transaction, facts, cancellationToken);
        });

    /// <inheritdoc />
    public Task<IReadOnlyList<FactResult>?> TryWriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        ExplainAsync(async () =>
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await using var transaction = await TryBeginAsync(context, cancellationToken);
            return transaction is null ? null : await WriteAsync(context, transaction, facts, cancellationToken);
        });

    /// <inheritdoc />
    public async Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken) =>
        await _queries.FindRunAsync(runId, cancellationToken) is { } run
        && await _queries.ListPhaseMetricsAsync(runId, cancellationToken) is { } phaseMetrics
            ? new RunHistory(run, phaseMetrics)
            : null;

    /// <inheritdoc />
    public Task<bool> DeleteRunAsync(string runId, ProjectScope scope, CancellationToken cancellationToken) =>
        ExplainAsync(async () =>
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            return await context.Runs.Where(run => run.Id == runId).Within(scope).ExecuteDeleteAsync(cancellationToken) > 0;
        });

    private async Task<IReadOnlyList<FactResult>> WriteAsync(
        RunMetricsDbContext context, IDbContextTransaction transaction, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var ledger = await FactLedger.LoadAsync(context, facts, time.GetUtcNow(), cancellationToken);
        var results = facts.Select(ledger.Take).ToArray();
        await ledger.SaveAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return results;
    }

    private static async Task<IDbContextTransaction?> TryBeginAsync(RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var connection = (SqliteConnection)context.Database.GetDbConnection();
        var timeoutSeconds = connection.DefaultTimeout;
        connection.DefaultTimeout = LeastLockTimeoutSeconds;
        try
        {
            return await context.Database.BeginTransactionAsync(cancellationToken);
        }
        catch (SqliteException exception) when (SqliteFailure.IsHeldByAnother(exception))
        {
            return null;
        }
        finally
        {
            connection.DefaultTimeout = timeoutSeconds;
        }
    }

    /// <summary>Tells a database that cannot write now from a mistake of ours.</summary>
    private static async Task<T> ExplainAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (Exception exception) when (SqliteFailure.FindUnavailability(exception) is { } reason)
        {
            throw new StoreUnavailableException(reason, exception);
        }
    }

    /// <summary>What is known of the runs and phases that a batch speaks of, kept up to date while its facts are taken in.</summary>
    private sealed class FactLedger
    {
        private readonly RunMetricsDbContext _context;
        private readonly DateTimeOffset _now;
        private readonly Dictionary<string, Run> _runs;
        private readonly Dictionary<string, RunPhaseMetric> _phaseMetrics;
        private readonly List<Run> _newRuns = [];
        private readonly List<RunPhaseMetric> _newPhaseMetrics = [];

        private FactLedger(
            RunMetricsDbContext context, DateTimeOffset now, Dictionary<string, Run> runs, Dictionary<string, RunPhaseMetric> phaseMetrics)
        {
            _context = context;
            _now = now;
            _runs = runs;
            _phaseMetrics = phaseMetrics;
        }

        public static async Task<FactLedger> LoadAsync(
            RunMetricsDbContext context, IReadOnlyList<Fact> facts, DateTimeOffset now, CancellationToken cancellationToken)
        {
            var phaseMetricFacts = facts.OfType<PhaseMetricFact>().ToList();
            var runIds = facts.OfType<RunFact>().Select(fact => fact.Id)
                .Concat(phaseMetricFacts.Select(fact => fact.RunId))
                .OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
            var metricIds = phaseMetricFacts.Select(fact => fact.Id).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();

            var runs = await context.Runs
                .Where(run => EF.Parameter(runIds).Contains(run.Id))
                .ToDictionaryAsync(run => run.Id, StringComparer.Ordinal, cancellationToken);
            var phaseMetrics = metricIds.Length == 0
                ? new Dictionary<string, RunPhaseMetric>(StringComparer.Ordinal)
                : await context.PhaseMetrics
                    .Where(metric => EF.Parameter(metricIds).Contains(metric.Id))
                    .ToDictionaryAsync(metric => metric.Id, StringComparer.Ordinal, cancellationToken);
            return new FactLedger(context, now, runs, phaseMetrics);
        }

        public FactResult Take(Fact fact) => fact switch
        {
            RunFact run => Take(run),
            PhaseMetricFact phaseMetric => Take(phaseMetric),
            _ => throw new ArgumentException($"There is no row for a {fact.GetType().Name}.", nameof(fact)),
        };

        /// <summary>Writes what is new and what moved forward.</summary>
        public async Task SaveAsync(CancellationToken cancellationToken)
        {
            await _context.InsertAsync(_newRuns, cancellationToken);
            await _context.InsertAsync(_newPhaseMetrics, cancellationToken);
            if (_context.ChangeTracker.HasChanges())
            {
                await _context.SaveChangesAsync(cancellationToken);
            }
        }

        private FactResult Take(RunFact fact)
        {
            if (!fact.Scope.Allows(fact.ProjectId!))
            {
                return FactResult.UnknownProject(fact.ProjectId!);
            }

            if (_runs.TryGetValue(fact.Id!, out var known))
            {
                return fact.Scope.Allows(known.ProjectId) ? known.Apply(fact, _now) : FactResult.UnknownRun(fact.Id!);
            }

            var result = Run.Create(fact, _now, out var run);
            if (run is not null)
            {
                _runs.Add(run.Id, run);
                _newRuns.Add(run);
            }

            return result;
        }

        private FactResult Take(PhaseMetricFact fact)
        {
            if (!_runs.TryGetValue(fact.RunId!, out var run) || !fact.Scope.Allows(run.ProjectId))
            {
                return FactResult.UnknownRun(fact.RunId!);
            }

            if (_phaseMetrics.TryGetValue(fact.Id!, out var known))
            {
                // The other run may lie outside the scope: nothing of its phase is told.
                return known.RunId != fact.RunId && fact.Scope.ProjectIds is not null
                    ? FactResult.Conflict([new FactError("id", fact.Id, "an id that no other run uses")])
                    : known.Apply(fact);
            }

            var metric = new RunPhaseMetric(fact);
            run.SeeIteration(metric.Iteration);
            _phaseMetrics.Add(metric.Id, metric);
            _newPhaseMetrics.Add(metric);
            return FactResult.Created;
        }
    }
}
