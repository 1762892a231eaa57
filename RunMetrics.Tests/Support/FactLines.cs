namespace RunMetrics.Tests.Support;

/// <summary>Lines of an import.</summary>
public static class FactLines
{
    /// <summary>A run of <c>acme</c> that is running since 2026-01-12 at 10:00 UTC.</summary>
    public static string Run(string id) =>
        $$$"""{"run":{"id":"{{{id}}}","project_id":"acme","work_order_id":"wo-1","status":"running","started_at":"2026-01-12T10:00:00Z"}}""";

    /// <summary>A test phase of ten minutes that succeeded.</summary>
    public static string Metric(string runId, string id) =>
        $$$"""
        {"phase_metric":{"id":"{{{id}}}","run_id":"{{{runId}}}","phase":"test",
        "started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:10:00Z","outcome":"success"}}
        """.ReplaceLineEndings("");

    /// <summary>What a list of metrics holds for <see cref="Metric"/>.</summary>
    public static string StoredMetric(string runId, string id) =>
        $$"""
        {"id":"{{id}}","run_id":"{{runId}}","phase":"test","iteration":1,"started_at":"2026-01-12T10:00:00.000Z",
        "ended_at":"2026-01-12T10:10:00.000Z","duration_seconds":600,"outcome":"success","metadata":null}
        """.ReplaceLineEndings("");
}
