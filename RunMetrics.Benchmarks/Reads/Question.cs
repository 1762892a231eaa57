using System.Globalization;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Benchmarks.Reads;

/// <summary>A question to the queries.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="AskAsync">Asks it. Of a summary and of statistics the answer is how many runs were counted.</param>
internal sealed record Question(string Name, Func<RunMetricsQueries, Task<object?>> AskAsync)
{
    /// <summary>How many runs or projects a list has at most.</summary>
    public const int Limit = 50;

    private const int Recent = 10;

    /// <summary>The projects that are asked for: half of all runs, all of them, 100 runs.</summary>
    public static readonly IReadOnlyList<(string Name, string? ProjectId)> Scopes =
        [("half of all runs", ProjectShares.Large), ("all projects", null), ("100 runs", ProjectShares.Small)];

    /// <summary>The first projects.</summary>
    public static Question Projects { get; } = new(
        string.Create(CultureInfo.InvariantCulture, $"first {Limit} projects"),
        async queries => await queries.ListProjectsAsync(null, Limit, ProjectAccess.All, CancellationToken.None));

    /// <summary>The summary of one of the <see cref="Scopes"/>.</summary>
    public static Question Summary(string scope, string? projectId) => new(
        $"summary, {scope}",
        async queries => (long?)(await queries.SummarizeAsync(projectId, Recent, null, ProjectAccess.All, CancellationToken.None))?.TotalRuns);

    /// <summary>The statistics of one of the <see cref="Scopes"/>.</summary>
    public static Question Statistics(string scope, string? projectId) => new(
        $"statistics, {scope}",
        async queries => (await queries.ComputeStatisticsAsync(
            new RunFilter { ProjectId = projectId }, null, null, ProjectAccess.All, CancellationToken.None))?.Runs.Total);

    /// <summary>The newest runs of one of the <see cref="Scopes"/>.</summary>
    public static Question Runs(string scope, string? projectId) => new(
        string.Create(CultureInfo.InvariantCulture, $"newest {Limit} runs, {scope}"),
        async queries => await queries.ListRunsAsync(new RunFilter { ProjectId = projectId }, null, Limit, ProjectAccess.All, CancellationToken.None));

    /// <summary>The phases of one of some runs, in turn.</summary>
    public static Question PhaseMetrics(IReadOnlyList<string> runIds)
    {
        var asked = 0;
        return new Question(
            "phases of a run",
            async queries => await queries.ListPhaseMetricsAsync(runIds[asked++ % runIds.Count], ProjectAccess.All, CancellationToken.None));
    }
}
