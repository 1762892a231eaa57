using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Phases;

namespace RunMetrics.Domain.Intake;

/// <summary>Takes the fields of a JSON object one by one and keeps account of what could not be taken.</summary>
internal sealed class FactFields
{
    private readonly Dictionary<string, JsonElement> _rest = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly List<FactError> _errors = [];

    public FactFields(JsonElement json)
    {
        foreach (var property in json.EnumerateObject())
        {
            if (!JsonText.TryGetName(property, out var name))
            {
                _errors.Add(new FactError(JsonText.RawName(property), JsonText.Raw(property.Value), "a field name of valid Unicode"));
            }
            else if (!_rest.TryAdd(name, property.Value))
            {
                _errors.Add(new FactError(name, JsonText.Raw(property.Value), "the field once"));
            }
        }
    }

    public IReadOnlyList<FactError> Errors => _errors;

    /// <summary>An id that the address may have given already.</summary>
    public string? Id(string name, string? given)
    {
        var id = Text(name, Identifiers.Accepted);
        if (id is not null && given is not null && id != given)
        {
            Refuse(name, id, $"'{given}', as in the address");
        }

        return given ?? id;
    }

    public string? Text(string name, string accepted)
    {
        if (!TryTake(name, out var json))
        {
            return null;
        }

        if (json.ValueKind != JsonValueKind.String || !JsonText.TryGetString(json, out var text))
        {
            Refuse(name, JsonText.Raw(json), $"text, {accepted}");
            return null;
        }

        return text;
    }

    public DateTimeOffset? Instant(string name)
    {
        var text = Text(name, Instants.Accepted);
        if (text is null)
        {
            return null;
        }

        if (!Instants.TryParse(text, out var instant))
        {
            Refuse(name, text, Instants.Accepted);
            return null;
        }

        return instant;
    }

    public int? WholeNumber(string name, string accepted)
    {
        if (!TryTake(name, out var json))
        {
            return null;
        }

        if (json.ValueKind != JsonValueKind.Number || !json.TryGetInt32(out var number))
        {
            Refuse(name, JsonText.Raw(json), accepted);
            return null;
        }

        return number;
    }

    public JsonElement? Object(string name, string accepted)
    {
        if (!TryTake(name, out var json))
        {
            return null;
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            Refuse(name, JsonText.Raw(json), accepted);
            return null;
        }

        if (PhaseMetadata.FindUnusable(json, name) is { } unusable)
        {
            _errors.Add(unusable);
            return null;
        }

        return json.Clone();
    }

    /// <summary>Reports every field that nobody took.</summary>
    public void RefuseRest()
    {
        var accepted = $"one of the fields {string.Join(", ", _known)}";
        _errors.AddRange(_rest.Select(field => new FactError(field.Key, JsonText.Raw(field.Value), accepted)));
    }

    private bool TryTake(string name, out JsonElement json)
    {
        _known.Add(name);
        return _rest.Remove(name, out json) && json.ValueKind != JsonValueKind.Null;
    }

    private void Refuse(string field, string value, string accepted) => _errors.Add(new FactError(field, value, accepted));
}
