using System.Text.Json;
using CsvHelper;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Export;

/// <summary>
/// Writes facts as CSV (RFC 4180): a row for each phase metric with the columns of its run before its own, and one for a run without any. A field
/// that a spreadsheet would take for a formula begins with an apostrophe.
/// </summary>
internal static class FactCsv
{
    public const string ContentType = "text/csv";

    private static readonly string[] RunColumns = ["run_id", "project_id", "work_order_id", "run_status", "run_started_at", "run_ended_at", "labels"];

    private static readonly string[] MetricColumns =
        ["id", "phase", "iteration", "started_at", "ended_at", "duration_seconds", "outcome", "metadata"];

    private static readonly string?[] NoMetric = new string?[MetricColumns.Length];

    private static readonly CsvWriterOptions Rules = new() { Injection = CsvInjection.Escape };

    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

    /// <summary>Writes facts while they are read.</summary>
    /// <param name="facts">The facts, each run directly before its phases.</param>
    /// <param name="output">Where to write; it stays open. Nothing is written before the first fact is there.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task WriteAsync(IAsyncEnumerable<Fact> facts, Stream output, CancellationToken cancellationToken)
    {
        CsvWriter? csv = null;
        string?[] run = [];
        var isRunWritten = true;
        try
        {
            await foreach (var fact in facts.WithCancellation(cancellationToken))
            {
                csv ??= await StartAsync(output, cancellationToken);
                if (fact is PhaseMetricFact metric)
                {
                    await WriteRowAsync(csv, [.. run, .. Fields(metric)], cancellationToken);
                    isRunWritten = true;
                    continue;
                }

                if (!isRunWritten)
                {
                    await WriteRowAsync(csv, [.. run, .. NoMetric], cancellationToken);
                }

                (run, isRunWritten) = (Fields((RunFact)fact), false);
            }

            csv ??= await StartAsync(output, cancellationToken);
            if (!isRunWritten)
            {
                await WriteRowAsync(csv, [.. run, .. NoMetric], cancellationToken);
            }

            await csv.FlushAsync(cancellationToken);
        }
        finally
        {
            if (csv is not null)
            {
                await csv.DisposeAsync();
            }
        }
    }

    private static async Task<CsvWriter> StartAsync(Stream output, CancellationToken cancellationToken)
    {
        var csv = CsvWriter.Create(output, Rules, leaveOpen: true);
        await WriteRowAsync(csv, [.. RunColumns, .. MetricColumns], cancellationToken);
        return csv;
    }

    private static async Task WriteRowAsync(CsvWriter csv, string?[] fields, CancellationToken cancellationToken)
    {
        foreach (var field in fields)
        {
            csv.WriteField(field);
        }

        await csv.EndRecordAsync(cancellationToken);
    }

    private static string?[] Fields(RunFact run) =>
    [
        run.Id, run.ProjectId, run.WorkOrderId, run.Status, Text(run.StartedAt), Text(run.EndedAt),
        run.Labels is { } labels ? JsonSerializer.Serialize(labels, Json) : null,
    ];

    private static string?[] Fields(PhaseMetricFact metric) =>
    [
        metric.Id, metric.Phase, Text(metric.Iteration), Text(metric.StartedAt), Text(metric.EndedAt), Text(metric.DurationSeconds), metric.Outcome,
        metric.Metadata is { } metadata ? JsonSerializer.Serialize(metadata, Json) : null,
    ];

    private static string? Text(DateTimeOffset? instant) => instant is null ? null : Instants.Format(instant.Value);

    private static string? Text(int? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
