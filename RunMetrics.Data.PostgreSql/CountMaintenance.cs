using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using static RunMetrics.Data.PostgreSql.CountStatements;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Compares what triggers have counted with the rows, and counts anew.</summary>
internal sealed class CountMaintenance(PostgreSqlLocation location, NpgsqlDataSource server, IDbContextFactory<RunMetricsDbContext> contexts)
{
    private const string MakeAnew = "`runmetrics db rebuild` makes it anew";

    private const string AllPhases = "(SELECT *, 1 AS change FROM run_phase_metrics)";

    /// <summary>Rows like those of <c>run_figures</c>, from the runs and their phases.</summary>
    private static readonly string Figures = $"""
        SELECT
            run.id AS run_id, project, status, iteration, coalesce(sums.total_seconds, 0) AS total_seconds, coalesce(sums.verdicts, 0) AS verdicts,
            coalesce(sums.first_approvals, 0) AS first_approvals
        FROM runs AS run LEFT JOIN projects USING (project_id) LEFT JOIN ({FiguresOfPhases($"{AllPhases} AS metric")}) AS sums ON sums.run_id = run.id
        """;

    private static readonly string Cells = CellsOfRuns("(SELECT *, 1 AS change FROM run_figures) AS figures");

    private static readonly string PhaseCells = CellsOfPhases(AllPhases);

    private static readonly string NotedChanges = $"({DurationChanges("phase_changes", "run_changes")}) AS changes";

    private static readonly string AllChanges = $"({DurationChanges($"({PhaseCells}) AS phases", $"({Cells}) AS cells")}) AS changes";

    /// <summary>Counts all rows into the tables, whatever these hold.</summary>
    private static readonly string CountAll = $"""
        ALTER TABLE run_figures DISABLE TRIGGER USER;
        DELETE FROM run_counts; DELETE FROM phase_counts; DELETE FROM duration_counts;
        DELETE FROM uncounted_runs; DELETE FROM uncounted_phases; DELETE FROM run_figures;
        INSERT INTO projects (project_id) SELECT DISTINCT project_id FROM runs ORDER BY 1 ON CONFLICT DO NOTHING;
        INSERT INTO run_figures (run_id, project, status, iteration, total_seconds, verdicts, first_approvals) {Figures};
        ALTER TABLE run_figures ENABLE TRIGGER USER;
        INSERT INTO uncounted_runs ({RunCells}, total_seconds, change) {Cells};
        INSERT INTO uncounted_phases (series, outcome, seconds, change) {PhaseCells};
        SELECT count_changes();
        """;

    /// <summary>For each table what is stored, with the changes that are not counted yet, and what the rows come to.</summary>
    private static readonly (string Table, string Stored, string Counted)[] Comparisons =
    [
        ("run_figures", "SELECT run_id, project, status, iteration, total_seconds, verdicts, first_approvals FROM run_figures", Figures),
        ("run_counts", Together($"SELECT {RunCells}, runs FROM run_counts", SumOfRuns("run_changes"), RunCells, ["runs"]), SumOfRuns($"({Cells}) AS cells")),
        (
            "phase_counts",
            Together(
                $"SELECT series, {string.Join(", ", Sums)} FROM phase_counts",
                SumOfPhases(NotedChanges),
                "series",
                Sums),
            SumOfPhases(AllChanges)),
        (
            "duration_counts",
            Together(
                "SELECT series, node, digit, durations FROM duration_counts",
                SumOfDigits(NotedChanges),
                "series, node, digit",
                ["durations"]),
            SumOfDigits(AllChanges)),
    ];

    /// <inheritdoc cref="DatabaseProvider.VerifyAsync"/>
    public Task<IReadOnlyList<string>> VerifyAsync(IProgress<string>? progress, CancellationToken cancellationToken) => WorkAsync(
        IsolationLevel.RepeatableRead,
        async connection =>
        {
            var problems = new List<string>();
            progress?.Report("looking at the triggers");
            problems.AddRange((await ReadAsync(CountSchema.MissingTriggers)).Select(ExplainMissing));
            problems.AddRange((await ReadAsync(CountSchema.ChangedFunctions))
                .Select(function => $"the function {function} is not as this version makes it; {MakeAnew}"));
            foreach (var (table, stored, counted) in Comparisons)
            {
                progress?.Report($"counting {table} anew");
                var differences = await ReadAsync(
                    $"{OnlyIn(stored, counted, "stored")} UNION ALL {OnlyIn(counted, stored, "counted")} LIMIT {DatabaseProvider.MaxProblems}");
                problems.AddRange(differences.Select(difference => $"{difference}; {DatabaseProvider.CountsRemedy}"));
            }

            return (IReadOnlyList<string>)[.. problems.Take(DatabaseProvider.MaxProblems)];

            static string OnlyIn(string these, string others, string kind) => $"""
                (SELECT '{kind} ' || difference::text AS line FROM (SELECT * FROM ({these}) AS these EXCEPT SELECT * FROM ({others}) AS others) AS difference)
                """;

            Task<List<string>> ReadAsync(string sql) => connection.ReadColumnAsync(sql, NpgsqlStatements.NoTimeLimit, cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc cref="DatabaseProvider.RebuildAsync"/>
    public Task<IReadOnlyList<string>> RebuildAsync(IProgress<string>? progress, CancellationToken cancellationToken) => WorkAsync(
        IsolationLevel.ReadCommitted,
        async connection =>
        {
            progress?.Report("waiting for others to finish writing");
            await connection.ExecuteAsync(
                "LOCK TABLE runs, run_phase_metrics, run_figures, uncounted_runs, uncounted_phases IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
            progress?.Report("counting anew");
            await connection.ExecuteAsync(CountSchema.CreateTriggers, cancellationToken);
            await connection.ExecuteAsync(CountAll, cancellationToken);
            var done = new List<string>();
            foreach (var (table, _, _) in Comparisons)
            {
                var rows = await connection.ReadColumnAsync($"SELECT count(*)::text FROM {table}", NpgsqlStatements.NoTimeLimit, cancellationToken);
                done.Add($"{table}: {rows.Single()} rows counted anew");
            }

            return (IReadOnlyList<string>)done;
        },
        cancellationToken);

    /// <summary>What to say of a trigger that is missing, as the rest of a sentence about the database.</summary>
    public static string ExplainMissing(string trigger) => $"it lacks the trigger {trigger}, or it is disabled; {MakeAnew}";

    private static string Together(string counts, string changes, string key, IReadOnlyCollection<string> sums) => $"""
        SELECT {key}, {string.Join(", ", sums.Select(sum => $"sum({sum})::bigint AS {sum}"))} FROM ({counts} UNION ALL {changes}) AS parts
        GROUP BY {key} HAVING {string.Join(" OR ", sums.Select(sum => $"sum({sum}) <> 0"))}
        """;

    private async Task<T> WorkAsync<T>(IsolationLevel isolation, Func<NpgsqlConnection, Task<T>> workAsync, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await using var connection = await server.OpenConnectionAsync(cancellationToken);
            await new PostgreSqlPreparation(location, server).RefuseOtherSchemaAsync(connection, context, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
            var result = await workAsync(connection);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (NpgsqlException exception)
        {
            throw DatabaseRefusedException.For(location, PostgreSqlFailure.Explain(exception), exception);
        }
    }
}
