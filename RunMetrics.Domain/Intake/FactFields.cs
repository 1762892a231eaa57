using System.Text.Json;
using RunMetrics.Domain.Facts;

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
            if (!TryGetName(property, out var name))
            {
                _errors.Add(new FactError(@"\u", property.ToString(), "a field name of valid Unicode"));
            }
            else if (!_rest.TryAdd(name, property.Value))
            {
                _errors.Add(new FactError(name, property.Value.GetRawText(), "the field once"));
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

        if (json.ValueKind != JsonValueKind.String || !TryGetString(json, out var text))
        {
            Refuse(name, json.GetRawText(), $"text, {accepted}");
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
            Refuse(name, json.GetRawText(), accepted);
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
            Refuse(name, json.GetRawText(), accepted);
            return null;
        }

        if (FindUnusable(json, name) is { } unusable)
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
        _errors.AddRange(_rest.Select(field => new FactError(field.Key, field.Value.GetRawText(), accepted)));
    }

    private bool TryTake(string name, out JsonElement json)
    {
        _known.Add(name);
        return _rest.Remove(name, out json) && json.ValueKind != JsonValueKind.Null;
    }

    private void Refuse(string field, string value, string accepted) => _errors.Add(new FactError(field, value, accepted));

    /// <summary>What JSON allows and nobody can store and give back the same: a member twice, text that is half a character.</summary>
    private static FactError? FindUnusable(JsonElement json, string path)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return TryGetString(json, out _) ? null : new FactError(path, json.GetRawText(), "text of valid Unicode");

            case JsonValueKind.Array:
                return json.EnumerateArray().Select((item, index) => FindUnusable(item, $"{path}[{index}]")).FirstOrDefault(error => error is not null);

            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in json.EnumerateObject())
                {
                    if (!TryGetName(member, out var name))
                    {
                        return new FactError(path, member.ToString(), "names of valid Unicode");
                    }

                    if (!names.Add(name))
                    {
                        return new FactError($"{path}.{name}", member.Value.GetRawText(), "the field once");
                    }

                    if (FindUnusable(member.Value, $"{path}.{name}") is { } error)
                    {
                        return error;
                    }
                }

                return null;

            default:
                return null;
        }
    }

    private static bool TryGetString(JsonElement json, out string? text) => TryRead(() => json.GetString(), out text);

    private static bool TryGetName(JsonProperty property, out string name) => TryRead(() => property.Name, out name!);

    // The framework offers no other way to learn that an escape such as \ud800 stands alone.
    private static bool TryRead(Func<string?> read, out string? text)
    {
        try
        {
            text = read();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }
}
