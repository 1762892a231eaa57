using System.Text;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Api.Security;

/// <summary>A call of the API and who may make it.</summary>
/// <param name="Operation">The method and path, as the OpenAPI document has them.</param>
/// <param name="Scope">The scope that it demands; null when it is open to all.</param>
/// <param name="Status">The status for who may make it.</param>
/// <param name="StatusOutside">The status for a run or project outside the projects that a token is limited to.</param>
/// <param name="Body">The body, with <c>RUN</c>, <c>METRIC</c> and <c>PROJECT</c> to fill in; null without one.</param>
internal sealed record ApiCall(string Operation, string? Scope, int Status, int StatusOutside, string? Body = null)
{
    private const string Run = """{"project_id":"PROJECT","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""";
    private const string Phase = """{"phase":"test","started_at":"2026-01-12T10:00:00Z"}""";

    private static readonly string Lines = $"{FactLines.Run("RUN.new").Replace("\"acme\"", "\"PROJECT\"", StringComparison.Ordinal)}\n{FactLines.Metric("RUN", "METRIC.new")}\n";

    /// <summary>Every call there is. A new one needs a decision here.</summary>
    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("get /health/live", null, 200, 200),
        new("get /health/ready", Tokens.Read, 200, 200),
        new("get /repos", Tokens.Read, 200, 200),
        new("get /repos/{id}/run-metrics/statistics", Tokens.Read, 200, 404),
        new("get /repos/{id}/run-metrics/summary", Tokens.Read, 200, 404),
        new("get /repos/{id}/runs", Tokens.Read, 200, 404),
        new("get /run-metrics/export", Tokens.Read, 200, 200),
        new("get /run-metrics/statistics", Tokens.Read, 200, 200),
        new("get /run-metrics/summary", Tokens.Read, 200, 200),
        new("get /runs/{runId}", Tokens.Read, 200, 404),
        new("get /runs/{runId}/metrics", Tokens.Read, 200, 404),
        new("put /runs/{runId}", Tokens.Write, 200, 404, Run),
        new("post /runs/{runId}/metrics", Tokens.Write, 201, 404, Phase),
        new("put /runs/{runId}/metrics/{metricId}", Tokens.Write, 201, 404, Phase),
        new("post /run-metrics/import", Tokens.Write, 200, 207, Lines),
        new("delete /runs/{runId}", Tokens.Write, 204, 404),
    ];

    /// <summary>The OpenAPI document, which does not list itself.</summary>
    public static ApiCall Document { get; } = new("get /openapi/v1.json", Tokens.Read, 200, 200);

    public async Task<ApiAnswer> SendAsync(HttpClient client, string runId, string projectId)
    {
        var metricId = $"{runId}.metric";
        var (method, path) = (Operation.Split(' ')[0], Operation.Split(' ')[1]);
        path = path
            .Replace("{runId}", runId, StringComparison.Ordinal)
            .Replace("{metricId}", metricId, StringComparison.Ordinal)
            .Replace("{id}", Uri.EscapeDataString(projectId), StringComparison.Ordinal);
        using var content = Body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(Body
            .Replace("RUN", runId, StringComparison.Ordinal)
            .Replace("METRIC", metricId, StringComparison.Ordinal)
            .Replace("PROJECT", projectId, StringComparison.Ordinal)));
        content?.Headers.Add("Content-Type", path.EndsWith("/import", StringComparison.Ordinal) ? ApiAnswer.Ndjson : ApiAnswer.Json);
        return await ApiAnswer.SendAsync(client, new HttpMethod(method), path.TrimStart('/'), content);
    }
}
