using System.Globalization;
using System.Runtime.CompilerServices;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client;

/// <summary>
/// Reads what a RunMetrics API has recorded. Calls that failed for a moment are repeated; whatever keeps the API from answering is a
/// <see cref="StoreUnavailableException"/>.
/// </summary>
public sealed class HttpRunMetricsQueries : IDisposable
{
    private readonly HttpApi _api;

    private HttpRunMetricsQueries(HttpApi api) => _api = api;

    /// <summary>Makes one. One instance serves any number of calls at once; dispose it at the end.</summary>
    /// <param name="baseAddress">The address of the API, such as <c>http://localhost:5080</c>.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static HttpRunMetricsQueries Create(Uri baseAddress, Action<RunMetricsClientOptions>? configure = null, TimeProvider? time = null) =>
        new(HttpApi.Create(baseAddress, configure, time));

    /// <summary>How runs and their phases came out and what they took.</summary>
    /// <param name="filter">The runs that count.</param>
    /// <param name="asOf">Only what had happened by this instant counts; null for now.</param>
    /// <param name="groupBy">The name of the label for whose values to repeat the statistics; null for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run.</returns>
    /// <exception cref="StoreUnavailableException">The API did not answer.</exception>
    public async Task<RunMetricsStatistics?> ComputeStatisticsAsync(
        RunFilter filter, DateTimeOffset? asOf, string? groupBy, CancellationToken cancellationToken)
    {
        var project = filter.ProjectId is null ? "" : $"/repos/{Uri.EscapeDataString(filter.ProjectId)}";
        var query = Query([.. Filters(filter), ("as_of", Text(asOf)), ("group_by", groupBy is null ? null : $"label:{groupBy}")]);
        var answer = await _api.SendAsync(HttpMethod.Get, $"{project}/run-metrics/statistics{query}", content: null, cancellationToken);
        return answer.IsUnknownProject() ? null : _api.Read(answer, (RunMetricsStatistics statistics) => statistics);
    }

    /// <summary>The newest runs of a project, by start, then id.</summary>
    /// <param name="filter">The runs that are listed; it names their project.</param>
    /// <param name="limit">How many runs to list at most, from 1 to 200.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project has no run at all.</returns>
    /// <exception cref="ArgumentException">The filter names no project.</exception>
    /// <exception cref="StoreUnavailableException">The API did not answer.</exception>
    public async Task<Page<RunRecord>?> ListRunsAsync(RunFilter filter, int limit, CancellationToken cancellationToken)
    {
        if (filter.ProjectId is not { } project)
        {
            throw new ArgumentException("An API lists the runs of one project; the filter names none.", nameof(filter));
        }

        var query = Query([.. Filters(filter), ("limit", limit.ToString(CultureInfo.InvariantCulture))]);
        var answer = await _api.SendAsync(HttpMethod.Get, $"/repos/{Uri.EscapeDataString(project)}/runs{query}", content: null, cancellationToken);
        return answer.IsUnknownProject()
            ? null
            : _api.Read(answer, (ListAnswer<RunRecord> page) => new Page<RunRecord>(page.Items, page.NextCursor is not null));
    }

    /// <summary>The projects that have runs, by id in the order of its bytes, page by page while they are taken.</summary>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="StoreUnavailableException">The API did not answer.</exception>
    public async IAsyncEnumerable<ProjectRecord> ListProjectsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ListAnswer<ProjectRecord>? page = null;
        do
        {
            var answer = await _api.SendAsync(HttpMethod.Get, $"/repos{Query([("cursor", page?.NextCursor)])}", content: null, cancellationToken);
            page = _api.Read(answer, (ListAnswer<ProjectRecord> projects) => projects);
            foreach (var project in page.Items)
            {
                yield return project;
            }
        }
        while (page.NextCursor is not null);
    }

    /// <summary>Copies the recorded facts as lines of an import, each run before its phases, while they come in.</summary>
    /// <param name="projectId">The project; null for all.</param>
    /// <param name="since">Only runs that started at or after this instant; null for no such limit.</param>
    /// <param name="until">Only runs that started before this instant; null for no such limit.</param>
    /// <param name="destination">Where to write. When the call throws, it ends with a part of the lines, perhaps within one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StoreUnavailableException">The API did not answer to the end.</exception>
    public Task ExportAsync(
        string? projectId, DateTimeOffset? since, DateTimeOffset? until, Stream destination, CancellationToken cancellationToken) => _api.CopyAsync(
        $"/run-metrics/export{Query([("repo", projectId), .. Window(new RunFilter { Since = since, Until = until })])}", FactImport.ContentType, destination, cancellationToken);

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose() => _api.Dispose();

    private static IEnumerable<(string Name, string? Value)> Filters(RunFilter filter) =>
    [
        ("work_order_id", filter.WorkOrderId),
        ("status", filter.Status?.Name()),
        .. Window(filter),
        .. filter.Labels.Select(label => ("label", (string?)RunLabels.ToText(label.Key, label.Value))),
    ];

    private static IEnumerable<(string Name, string? Value)> Window(RunFilter filter) => [("since", Text(filter.Since)), ("until", Text(filter.Until))];

    private static string? Text(DateTimeOffset? instant) => instant is null ? null : Instants.Format(instant.Value);

    private static string Query(IEnumerable<(string Name, string? Value)> parameters)
    {
        var given = parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        return string.Join('&', given) is { Length: > 0 } query ? $"?{query}" : "";
    }
}
