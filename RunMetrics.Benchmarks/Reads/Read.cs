using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Data.Queries;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>A question, with all the ways of asking it.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="AskAsync">Asks the queries in this process.</param>
/// <param name="Paths">Where to ask it over HTTP, in turn; empty where the contract has no such call.</param>
/// <param name="Opponents">What the queries are measured against.</param>
internal sealed record Read(string Name, Func<Task<object?>> AskAsync, IReadOnlyList<string> Paths, IReadOnlyList<Opponent> Opponents)
{
    /// <summary>All questions about a history; in the same order for every history.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="connection">An open connection to the same file.</param>
    /// <param name="lists">Hand-written lists.</param>
    /// <param name="scan">Hand-written counting of all rows; null where it takes too long.</param>
    /// <param name="runIds">Runs whose phases are listed, in turn.</param>
    public static IEnumerable<Read> All(
        RunMetricsQueries queries, SqliteConnection connection, AdoNetReader lists, ScanReader? scan, IReadOnlyList<string> runIds) =>
    [
        .. Question.Scopes.Select(scope => Summary(queries, connection, scan, scope.Name, scope.ProjectId)),
        .. Question.Scopes.Select(scope => Statistics(queries, connection, scan, scope.Name, scope.ProjectId)),
        PhaseMetrics(queries, lists, runIds),
        .. Question.Scopes.Select(scope => Runs(queries, lists, scope.Name, scope.ProjectId)),
        Projects(queries, lists),
    ];

    private static Read Summary(RunMetricsQueries queries, SqliteConnection connection, ScanReader? scan, string scope, string? projectId) => Counting(
        Question.Summary(scope, projectId),
        queries,
        projectId is null ? "/run-metrics/summary" : $"/repos/{projectId}/run-metrics/summary",
        connection,
        scan is null ? null : () => scan.CountRuns(projectId));

    private static Read Statistics(RunMetricsQueries queries, SqliteConnection connection, ScanReader? scan, string scope, string? projectId) => Counting(
        Question.Statistics(scope, projectId),
        queries,
        projectId is null ? "/run-metrics/statistics" : $"/repos/{projectId}/run-metrics/statistics",
        connection,
        scan is null ? null : () => scan.CountRuns(projectId));

    /// <summary>A question whose answer tells how many runs were counted.</summary>
    private static Read Counting(Question question, RunMetricsQueries queries, string path, SqliteConnection connection, Func<object?>? scan) => new(
        question.Name,
        () => question.AskAsync(queries),
        [path],
        [
            new Opponent("bare", new BareReader(connection, () => question.AskAsync(queries)).Ask),
            .. scan is null ? [] : new[] { new Opponent("scan", scan) },
        ]);

    private static Read PhaseMetrics(RunMetricsQueries queries, AdoNetReader lists, IReadOnlyList<string> runIds)
    {
        var told = 0;
        return Of(
            Question.PhaseMetrics(runIds),
            queries,
            [.. runIds.Select(runId => $"/runs/{runId}/metrics")],
            () => lists.ListPhaseMetrics(runIds[told++ % runIds.Count]));
    }

    private static Read Runs(RunMetricsQueries queries, AdoNetReader lists, string scope, string? projectId) => Of(
        Question.Runs(scope, projectId),
        queries,
        projectId is null ? [] : [string.Create(CultureInfo.InvariantCulture, $"/repos/{projectId}/runs?limit={Question.Limit}")],
        () => lists.ListRuns(projectId, Question.Limit));

    private static Read Projects(RunMetricsQueries queries, AdoNetReader lists) => Of(
        Question.Projects,
        queries,
        [string.Create(CultureInfo.InvariantCulture, $"/repos?limit={Question.Limit}")],
        () => lists.ListProjects(Question.Limit));

    private static Read Of(Question question, RunMetricsQueries queries, IReadOnlyList<string> paths, Func<object?> list) =>
        new(question.Name, () => question.AskAsync(queries), paths, [new Opponent("list", list)]);
}

/// <summary>The same question, asked by hand-written ADO.NET.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="Ask">Asks it; the answer equals the one of the queries, as JSON has it.</param>
internal sealed record Opponent(string Name, Func<object?> Ask);
