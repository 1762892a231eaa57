using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Benchmarks.AdoNet;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>A question, with all the ways of asking it.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="AskAsync">Asks the queries in this process.</param>
/// <param name="Paths">Where to ask it over HTTP, in turn; empty where the contract has no such call.</param>
/// <param name="Opponents">What the queries are measured against.</param>
internal sealed record Read(string Name, Func<Task<object?>> AskAsync, IReadOnlyList<string> Paths, IReadOnlyList<Opponent> Opponents)
{
    private const int Recent = 10;
    private const int Limit = 50;

    /// <summary>The projects that are asked for: half of all runs, all of them, 100 runs.</summary>
    private static readonly (string Name, string? ProjectId)[] Scopes =
        [("half of all runs", ProjectShares.Large), ("all projects", null), ("100 runs", ProjectShares.Small)];

    /// <summary>All questions about a history; in the same order for every history.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="connection">An open connection to the same file.</param>
    /// <param name="lists">Hand-written lists.</param>
    /// <param name="scan">Hand-written counting of all rows; null where it takes too long.</param>
    /// <param name="runIds">Runs whose phases are listed, in turn.</param>
    public static IEnumerable<Read> All(
        RunMetricsQueries queries, SqliteConnection connection, AdoNetReader lists, ScanReader? scan, IReadOnlyList<string> runIds) =>
    [
        .. Scopes.Select(scope => Summary(queries, connection, scan, scope.Name, scope.ProjectId)),
        .. Scopes.Select(scope => Statistics(queries, connection, scan, scope.Name, scope.ProjectId)),
        PhaseMetrics(queries, lists, runIds),
        .. Scopes.Select(scope => Runs(queries, lists, scope.Name, scope.ProjectId)),
        Projects(queries, lists),
    ];

    private static Read Summary(RunMetricsQueries queries, SqliteConnection connection, ScanReader? scan, string scope, string? projectId) => Counting(
        $"summary, {scope}",
        async () => (long?)(await queries.SummarizeAsync(projectId, Recent, null, ProjectAccess.All, CancellationToken.None))?.TotalRuns,
        projectId is null ? "/run-metrics/summary" : $"/repos/{projectId}/run-metrics/summary",
        connection,
        scan is null ? null : () => scan.CountRuns(projectId));

    private static Read Statistics(RunMetricsQueries queries, SqliteConnection connection, ScanReader? scan, string scope, string? projectId) => Counting(
        $"statistics, {scope}",
        async () => (await queries.ComputeStatisticsAsync(
            new RunFilter { ProjectId = projectId }, null, null, ProjectAccess.All, CancellationToken.None))?.Runs.Total,
        projectId is null ? "/run-metrics/statistics" : $"/repos/{projectId}/run-metrics/statistics",
        connection,
        scan is null ? null : () => scan.CountRuns(projectId));

    /// <summary>A question whose answer tells how many runs were counted.</summary>
    private static Read Counting(string name, Func<Task<object?>> askAsync, string path, SqliteConnection connection, Func<object?>? scan) => new(
        name, askAsync, [path], [new Opponent("bare", new BareReader(connection, askAsync).Ask), .. scan is null ? [] : new[] { new Opponent("scan", scan) }]);

    private static Read PhaseMetrics(RunMetricsQueries queries, AdoNetReader lists, IReadOnlyList<string> runIds)
    {
        var (asked, told) = (0, 0);
        return new Read(
            "phases of a run",
            async () => await queries.ListPhaseMetricsAsync(runIds[asked++ % runIds.Count], ProjectAccess.All, CancellationToken.None),
            [.. runIds.Select(runId => $"/runs/{runId}/metrics")],
            [new Opponent("list", () => lists.ListPhaseMetrics(runIds[told++ % runIds.Count]))]);
    }

    private static Read Runs(RunMetricsQueries queries, AdoNetReader lists, string scope, string? projectId) => new(
        string.Create(CultureInfo.InvariantCulture, $"newest {Limit} runs, {scope}"),
        async () => await queries.ListRunsAsync(new RunFilter { ProjectId = projectId }, null, Limit, ProjectAccess.All, CancellationToken.None),
        projectId is null ? [] : [string.Create(CultureInfo.InvariantCulture, $"/repos/{projectId}/runs?limit={Limit}")],
        [new Opponent("list", () => lists.ListRuns(projectId, Limit))]);

    private static Read Projects(RunMetricsQueries queries, AdoNetReader lists) => new(
        string.Create(CultureInfo.InvariantCulture, $"first {Limit} projects"),
        async () => await queries.ListProjectsAsync(null, Limit, ProjectAccess.All, CancellationToken.None),
        [string.Create(CultureInfo.InvariantCulture, $"/repos?limit={Limit}")],
        [new Opponent("list", () => lists.ListProjects(Limit))]);
}

/// <summary>The same question, asked by hand-written ADO.NET.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="Ask">Asks it; the answer equals the one of the queries, as JSON has it.</param>
internal sealed record Opponent(string Name, Func<object?> Ask);
