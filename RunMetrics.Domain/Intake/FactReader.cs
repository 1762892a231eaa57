using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Intake;

/// <summary>
/// Reads facts from JSON: the body of a PUT or a line of an import. Reading never throws and never guesses; what cannot be read is reported by
/// field, together with unknown and repeated fields.
/// </summary>
public static class FactReader
{
    private const string RunKind = "run";
    private const string PhaseMetricKind = "phase_metric";
    private const string AcceptedLine = """a fact: {"run":{…}} or {"phase_metric":{…}}""";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    /// <summary>Reads a run, such as <c>{"project_id":"bop","work_order_id":"032","status":"running","started_at":"…"}</c>.</summary>
    /// <param name="json">What was sent.</param>
    /// <param name="id">The id that the address gives, if any; an id in the JSON must be the same.</param>
    public static FactReading ReadRun(JsonElement json, string? id = null) => Read(json, fields => new RunFact
    {
        Id = fields.Id("id", id),
        ProjectId = fields.Text("project_id", Identifiers.AcceptedProject),
        WorkOrderId = fields.Text("work_order_id", Identifiers.Accepted),
        Status = fields.Text("status", Vocabulary.Terms.Statuses.Accepted),
        StartedAt = fields.Instant("started_at"),
        EndedAt = fields.Instant("ended_at"),
    });

    /// <summary>Reads a phase metric, such as <c>{"phase":"builder","iteration":1,"started_at":"…","ended_at":"…","outcome":"success"}</c>.</summary>
    /// <param name="json">What was sent.</param>
    /// <param name="runId">The run that the address gives, if any; one in the JSON must be the same.</param>
    /// <param name="id">The id that the address gives, if any; one in the JSON must be the same.</param>
    public static FactReading ReadPhaseMetric(JsonElement json, string? runId = null, string? id = null) => Read(json, fields => new PhaseMetricFact
    {
        Id = fields.Id("id", id),
        RunId = fields.Id("run_id", runId),
        Phase = fields.Text("phase", Vocabulary.Terms.Phases.Accepted),
        Iteration = fields.WholeNumber("iteration", "a whole number from 1 to 2147483647"),
        StartedAt = fields.Instant("started_at"),
        EndedAt = fields.Instant("ended_at"),
        DurationSeconds = fields.WholeNumber("duration_seconds", Durations.Accepted),
        Outcome = fields.Text("outcome", Vocabulary.Terms.Outcomes.Accepted),
        Metadata = fields.Object("metadata", PhaseMetadata.Accepted),
    });

    /// <summary>Reads a line of an import: <c>{"run":{…}}</c> or <c>{"phase_metric":{…}}</c>.</summary>
    /// <param name="utf8Line">The line without its end, as UTF-8.</param>
    public static FactReading ReadLine(ReadOnlyMemory<byte> utf8Line)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8Line, Strict);
            return ReadEnvelope(document.RootElement);
        }
        catch (JsonException exception)
        {
            return Unreadable(new FactError("line", $"not JSON at byte {exception.BytePositionInLine ?? 0}", AcceptedLine));
        }
    }

    private static FactReading ReadEnvelope(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object || line.GetPropertyCount() != 1)
        {
            return Unreadable(new FactError("line", JsonText.Raw(line), AcceptedLine));
        }

        var fact = line.EnumerateObject().First();
        return (JsonText.TryGetName(fact, out var kind) ? kind : null) switch
        {
            RunKind => ReadRun(fact.Value),
            PhaseMetricKind => ReadPhaseMetric(fact.Value),
            _ => Unreadable(new FactError("line", JsonText.Raw(line), AcceptedLine)),
        };
    }

    private static FactReading Read(JsonElement json, Func<FactFields, Fact> read)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Unreadable(new FactError("fact", json.ValueKind == JsonValueKind.Undefined ? null : JsonText.Raw(json), "a JSON object"));
        }

        var fields = new FactFields(json);
        var fact = read(fields);
        fields.RefuseRest();
        return new FactReading(fact, fields.Errors);
    }

    private static FactReading Unreadable(FactError error) => new(null, [error]);
}
