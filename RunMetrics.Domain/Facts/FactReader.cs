using System.Text.Json;

namespace RunMetrics.Domain.Facts;

/// <summary>
/// Reads facts from JSON: the body of a PUT or a line of an import. Reading never throws and never guesses; what cannot be read is reported by
/// field, together with unknown and repeated fields.
/// </summary>
internal static class FactReader
{
    public const string RunKind = "run";
    public const string PhaseMetricKind = "phase_metric";
    private const string AcceptedLine = """a fact: {"run":{…}} or {"phase_metric":{…}}""";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    private static readonly string[] RunFields = FieldsOf<RunFact>();
    private static readonly string[] PhaseMetricFields = FieldsOf<PhaseMetricFact>();

    /// <summary>Reads a run, such as <c>{"project_id":"bop","work_order_id":"032","status":"running","started_at":"…"}</c>.</summary>
    /// <param name="json">What was sent.</param>
    /// <param name="id">The id that the address gives, if any; an id in the JSON must be the same.</param>
    public static FactReading ReadRun(JsonElement json, string? id = null) => Read(json, RunFields, fields => new RunFact
    {
        Id = fields.Id("id", id),
        ProjectId = fields.Text("project_id", Identifiers.AcceptedProject),
        WorkOrderId = fields.Text("work_order_id", Identifiers.Accepted),
        Status = fields.Text("status", EnumNames.Of<RunStatus>().Accepted),
        StartedAt = fields.Instant("started_at"),
        EndedAt = fields.Instant("ended_at"),
        Labels = fields.Texts("labels", RunLabels.Accepted, RunLabels.AcceptedValue),
    });

    /// <summary>Reads a phase metric, such as <c>{"phase":"builder","iteration":1,"started_at":"…","ended_at":"…","outcome":"success"}</c>.</summary>
    /// <param name="json">What was sent.</param>
    /// <param name="runId">The run that the address gives, if any; one in the JSON must be the same.</param>
    /// <param name="id">The id that the address gives, if any; one in the JSON must be the same.</param>
    public static FactReading ReadPhaseMetric(JsonElement json, string? runId = null, string? id = null) =>
        Read(json, PhaseMetricFields, fields => new PhaseMetricFact
        {
            Id = fields.Id("id", id),
            RunId = fields.Id("run_id", runId),
            Phase = fields.Text("phase", EnumNames.Of<RunPhase>().Accepted),
            Iteration = fields.WholeNumber("iteration", PhaseMetricFactValidator.AcceptedIteration),
            StartedAt = fields.Instant("started_at"),
            EndedAt = fields.Instant("ended_at"),
            DurationSeconds = fields.WholeNumber("duration_seconds", Durations.Accepted),
            Outcome = fields.Text("outcome", EnumNames.Of<PhaseOutcome>().Accepted),
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
            return FactReading.Unreadable("line", $"not JSON at byte {exception.BytePositionInLine ?? 0}", AcceptedLine);
        }
    }

    private static FactReading ReadEnvelope(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object || line.GetPropertyCount() != 1)
        {
            return FactReading.Unreadable("line", JsonText.Raw(line), AcceptedLine);
        }

        var fact = line.EnumerateObject().First();
        return (JsonText.TryGetName(fact, out var kind) ? kind : null) switch
        {
            RunKind => ReadRun(fact.Value),
            PhaseMetricKind => ReadPhaseMetric(fact.Value),
            _ => FactReading.Unreadable("line", JsonText.Raw(line), AcceptedLine),
        };
    }

    private static FactReading Read(JsonElement json, string[] known, Func<Fields, Fact> read)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return FactReading.Unreadable("fact", json.ValueKind == JsonValueKind.Undefined ? null : JsonText.Raw(json), "a JSON object");
        }

        var fields = new Fields(json, known);
        var fact = read(fields);
        var errors = fields.ListErrors();
        return new FactReading(fact, errors.Listed) { OmittedErrors = errors.Omitted };
    }

    private static string[] FieldsOf<TFact>()
        where TFact : Fact =>
        [.. typeof(TFact).GetProperties().OrderBy(property => property.DeclaringType == typeof(Fact) ? 0 : 1)
            .Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))];

    /// <summary>The fields of a JSON object by their names, and account of what could not be read.</summary>
    private sealed class Fields
    {
        private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
        private readonly FactErrors _errors = new();
        private readonly FactErrors _unknown = new();

        public Fields(JsonElement json, string[] known)
        {
            var accepted = $"one of the fields {string.Join(", ", known)}";
            foreach (var property in json.EnumerateObject())
            {
                if (!JsonText.TryGetName(property, out var name))
                {
                    _unknown.Add(JsonText.RawName(property), JsonText.Raw(property.Value), "a field name of valid Unicode");
                }
                else if (!known.Contains(name, StringComparer.Ordinal))
                {
                    _unknown.Add(name, JsonText.Raw(property.Value), accepted);
                }
                else if (!_values.TryAdd(name, property.Value))
                {
                    _errors.Add(name, JsonText.Raw(property.Value), "the field once");
                }
            }
        }

        /// <summary>What is wrong with the known fields, then the unknown ones, of which there may be any number.</summary>
        public FactErrors ListErrors()
        {
            _errors.AddRange(_unknown.Listed, _unknown.Omitted);
            return _errors;
        }

        /// <summary>An id that the address may have given already.</summary>
        public string? Id(string name, string? given)
        {
            var id = Text(name, Identifiers.Accepted);
            if (id is not null && given is not null && id != given)
            {
                _errors.Add(name, id, $"'{given}', as in the address");
            }

            return given ?? id;
        }

        public string? Text(string name, string accepted)
        {
            if (Find(name) is not { } json)
            {
                return null;
            }

            if (json.ValueKind == JsonValueKind.String && JsonText.TryGetString(json, out var text))
            {
                return text;
            }

            _errors.Add(name, JsonText.Raw(json), $"text, {accepted}");
            return null;
        }

        public DateTimeOffset? Instant(string name)
        {
            if (Text(name, Instants.Accepted) is not { } text)
            {
                return null;
            }

            if (Instants.TryParse(text, out var instant))
            {
                return instant;
            }

            _errors.Add(name, text, Instants.Accepted);
            return null;
        }

        public int? WholeNumber(string name, string accepted)
        {
            if (Find(name) is not { } json)
            {
                return null;
            }

            if (json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number))
            {
                return number;
            }

            _errors.Add(name, JsonText.Raw(json), accepted);
            return null;
        }

        public JsonElement? Object(string name, string accepted)
        {
            if (Find(name) is not { } json)
            {
                return null;
            }

            if (json.ValueKind == JsonValueKind.Object)
            {
                return json.Clone();
            }

            _errors.Add(name, JsonText.Raw(json), accepted);
            return null;
        }

        /// <summary>A flat object of text to text, in the order of its names.</summary>
        public SortedDictionary<string, string>? Texts(string name, string accepted, string acceptedValue)
        {
            if (Object(name, accepted) is not { } json)
            {
                return null;
            }

            var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in json.EnumerateObject())
            {
                if (!JsonText.TryGetName(member, out var key))
                {
                    _errors.Add(name, JsonText.RawName(member), "names of valid Unicode");
                }
                else if (member.Value.ValueKind != JsonValueKind.String || !JsonText.TryGetString(member.Value, out var text))
                {
                    _errors.Add($"{name}.{key}", JsonText.Raw(member.Value), $"text, {acceptedValue}");
                }
                else if (!texts.TryAdd(key, text!))
                {
                    _errors.Add($"{name}.{key}", text, "the name once");
                }
            }

            return texts;
        }

        private JsonElement? Find(string name) => _values.TryGetValue(name, out var json) && json.ValueKind != JsonValueKind.Null ? json : null;
    }
}

/// <summary>
/// What could be read from JSON: the fact as far as it was readable, and every field that was not. The rules then hold for the readable rest, so
/// that the sender hears all that is wrong at once.
/// </summary>
/// <param name="Fact">The fact as far as it could be read; null when not even its kind could.</param>
/// <param name="Errors">What could not be read, at most <see cref="FactRejection.MaxErrors"/>; empty when all could.</param>
internal sealed record FactReading(Fact? Fact, IReadOnlyList<FactError> Errors)
{
    /// <summary>How many errors there are beyond those listed; from 0.</summary>
    public int OmittedErrors { get; init; }

    internal static FactReading Unreadable(string field, string? value, string accepted) => new(null, [new FactError(field, value, accepted)]);
}
