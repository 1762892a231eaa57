using System.Globalization;
using System.Text;

namespace RunMetrics.Tests.Support;

/// <summary>Lines of an import at the edges of what is accepted, where one database might keep, sort or refuse something that another does not.</summary>
internal static class EdgeFacts
{
    private const string First = "0001-01-01T00:00:00.000Z";
    private const string Last = "9999-12-31T23:59:59.999Z";

    // As many seconds after the first instant as a duration may have.
    private const string SpanLater = "0069-01-19T03:14:07.000Z";

    private static readonly string LongId = string.Concat(Enumerable.Repeat("aZ9._:-", 19))[..128];

    /// <summary>Facts that are stored, each of them once.</summary>
    public static readonly IReadOnlyList<string> Accepted =
    [
        .. new[] { "edge/a", "edge.a", "edge-a", "edge_a", "Edge/a", "edge:a", "EDGE", "edge/a/b", $"edge/{new string('z', 123)}" }
            .Select((project, number) => Run($"e.{number}", project, $"2026-02-02T10:00:00.{number:000}Z")),
        .. new[] { "b", "B", "a", "_", "-", ".", ":", "10", "9" }.Select(id => Run($"many{id}", "edge/many", "2026-02-02T10:00:00Z")),
        Run("e.first", "edge/a", First, "failed", First),
        Run("e.ages", "edge/a", First, "succeeded", SpanLater),
        Run("e.first-running", "edge/a", First),
        Run("e.zone", "edge/a", "2026-02-02T23:59:59.9994+14:00", "cancelled", "2026-02-02T23:59:59.9996+14:00"),
        Run(LongId, "edge/a", "2026-02-02T10:00:00.001Z"),
        .. Labels.Select((value, number) => Run($"label.{number}", "edge/labels", "2026-02-02T11:00:00Z", labels: $$"""{"model":"{{value}}","n.{{number}}":"{{value}}"}""")),
        Metric(LongId, $"e.{LongId}"[..128], "setup", $"\"{First}\"", end: $"\"{SpanLater}\""),
        Metric("e.ages", "ages.1", "builder", $"\"{First}\"", end: $"\"{First}\"", iteration: int.MaxValue),
        Metric("e.ages", "ages.2", "builder", $"\"{First}\"", end: $"\"{First}\"", duration: "2147483647", iteration: 11),
        Metric("e.ages", "ages.3", "builder", $"\"{First}\"", end: $"\"{SpanLater}\"", iteration: 10),
        Metric("e.ages", "ages.4", "test", "\"2026-02-02T10:00:00Z\"", end: "\"2026-02-02T10:00:00.500Z\""),
        Metric("e.ages", "ages.5", "test", "\"2026-02-02T10:00:00Z\"", end: "\"2026-02-02T10:00:01.499Z\""),
        Metric("e.ages", "ages.6", "test", "\"2026-02-02T10:00:00Z\"", end: "\"2026-02-02T10:00:02.500Z\""),
        .. Metadata.Select((metadata, number) => Metric(
            "e.ages", string.Create(CultureInfo.InvariantCulture, $"metadata.{number}"), "merge", "\"2026-02-02T10:00:00Z\"", metadata: metadata)),
    ];

    /// <summary>Facts that are refused, whichever facts are stored.</summary>
    public static readonly IReadOnlyList<string> Refused =
    [
        Run("", "edge/a", First), Run("é", "edge/a", First), Run("a\\u0000", "edge/a", First), Run(LongId + "x", "edge/a", First), Run("r", "edge a", First),
        Run("r", new string('p', 129), First), Run("r", "edge/a", "0000-12-31T23:59:59.999Z"), Run("r", "edge/a", "10000-01-01T00:00:00Z"),
        Run("r", "edge/a", "0001-01-01T00:00:00+00:01"), Run("r", "edge/a", "9999-12-31T23:59:59.999-00:01"), Run("r", "edge/a", First, "Failed", Last),
        Run("r", "edge/a", Last), Run("r", "edge/a", First, "running", First), Run("r", "edge/a", Last, "failed", First),
        Run("r", "edge/a", First, labels: """{"model":"a\u0000b"}"""), Run("r", "edge/a", First, labels: """{"model":"\ud800"}"""),
        Run("r", "edge/a", First, labels: """{"model":""}"""), Run("r", "edge/a", First, labels: $$"""{"model":"{{new string('v', 129)}}"}"""),
        Run("e.ages", "edge/other", First), Run("e.ages", "edge/a", First, "failed", SpanLater), Run("e.ages", "edge/a", First, "succeeded", First),
        Run("label.0", "edge/labels", "2026-02-02T11:00:00Z", labels: """{"model":"other"}"""),
        Metric("nobody", "m", "test", $"\"{First}\""), Metric("e.ages", "ages.1", "builder", $"\"{First}\"", end: $"\"{SpanLater}\""),
        Metric("e.zone", "ages.1", "builder", $"\"{First}\""), Metric("e.ages", "m", "test", $"\"{First}\"", duration: "1"),
        Metric("e.ages", "m", "test", $"\"{First}\"", end: $"\"{Last}\"", duration: "2147483648"), Metric("e.ages", "m", "test", $"\"{First}\"", metadata: "[]"),
        Metric("e.ages", "m", "test", $"\"{First}\"", end: "\"0069-01-19T03:14:08.000Z\""),
        .. new[] { """{"a":1,"a":2}""", """{"lone":"\ud800"}""", $$"""{"deep":{{new string('[', 60)}}{{new string(']', 60)}}}""" }
            .Select(metadata => Metric("e.ages", "m", "test", $"\"{First}\"", metadata: metadata)),
        Metric("e.ages", "m", "test", $"\"{First}\"", metadata: $$"""{"long":"{{new string('x', 16_384)}}"}"""), "no fact", "{}",
    ];

    /// <summary>All lines: what is refused comes last.</summary>
    public static byte[] Bytes => Encoding.UTF8.GetBytes(string.Concat(Accepted.Concat(Refused).Select(line => $"{line}\n")));

    /// <summary>Values as they stand between the quotes of JSON.</summary>
    private static IEnumerable<string> Labels =>
    [
        "a", "A", "b", "ä", "a\u0308", "é\\u0001\\t\\\"\\\\", "100% _%", " a ", "\\u2028\\u00a0", "😀", "\\uD83D\\uDE00", "\uFFFD", "\uFEFFa", "ß", "SS", "İ", "ﬁ", "שלום",
        "'; DROP TABLE runs; --", "$1 {0} @p", "=1+1", "a,b", "NULL", string.Concat(Enumerable.Repeat("é", 128)),
    ];

    private static IEnumerable<string> Metadata =>
    [
        "{}", "null", """{"a":1,"A":2}""", """{ "b" : 1.50 , "a" : [ 1E400, -0, 1e-7, 0.1, 123456789012345678901234567890 ] }""", """{"":""}""",
        """{"nul":"\u0000","pair":"\ud83d\ude00","slash":"\/","line":"\u2028\u0085","del":"\u007f"}""", """{"\u0000":true,"é":"😀","<":"&'+"}""",
        $$"""{"deep":{{new string('[', 59)}}{{new string(']', 59)}}}""", $$"""{"long":"{{new string('x', 16_384 - 11)}}"}""", """{"Infinity":"NaN","t":true,"f":false,"n":null}""",
    ];

    private static string Run(string id, string project, string start, string status = "running", string? end = null, string? labels = null) =>
        $$$"""
        {"run":{"id":"{{{id}}}","project_id":"{{{project}}}","work_order_id":"001-edge","status":"{{{status}}}","started_at":"{{{start}}}",
        "ended_at":{{{(end is null ? "null" : $"\"{end}\"")}}},"labels":{{{labels ?? "null"}}}}}
        """.ReplaceLineEndings("");

    private static string Metric(
        string run, string id, string phase, string start, string end = "null", string duration = "null", int iteration = 1, string metadata = "null") =>
        $$$"""
        {"phase_metric":{"id":"{{{id}}}","run_id":"{{{run}}}","phase":"{{{phase}}}","iteration":{{{iteration}}},"started_at":{{{start}}},"ended_at":{{{end}}},
        "duration_seconds":{{{duration}}},"outcome":{{{(end == "null" ? "null" : "\"success\"")}}},"metadata":{{{metadata}}}}}
        """.ReplaceLineEndings("");
}
