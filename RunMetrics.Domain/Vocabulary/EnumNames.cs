using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace RunMetrics;

/// <summary>
/// The one place that maps the values of the vocabulary to the text by which they travel in JSON, SQL, query strings and logs: the names of the
/// members in snake_case.
/// </summary>
public static class EnumNames
{
    /// <summary>The names of an enumeration.</summary>
    internal static EnumNames<T> Of<T>()
        where T : struct, Enum => Cache<T>.Names;

    /// <summary>The text of a phase.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="phase"/> is not a member of the enumeration.</exception>
    public static string Name(this RunPhase phase) => Of<RunPhase>().NameOf(phase);

    /// <summary>The text of an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outcome"/> is not a member of the enumeration.</exception>
    public static string Name(this PhaseOutcome outcome) => Of<PhaseOutcome>().NameOf(outcome);

    /// <summary>The text of a status.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="status"/> is not a member of the enumeration.</exception>
    public static string Name(this RunStatus status) => Of<RunStatus>().NameOf(status);

    private static class Cache<T>
        where T : struct, Enum
    {
        public static readonly EnumNames<T> Names = new();
    }
}

/// <summary>The names of one enumeration. They match exactly: no other casing, no numbers, no lists.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal sealed class EnumNames<T>
    where T : struct, Enum
{
    private readonly FrozenDictionary<string, T> _values;
    private readonly FrozenDictionary<T, string> _names;

    internal EnumNames()
    {
        Values = Enum.GetValues<T>();
        _names = Values.ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        _values = _names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
        Names = [.. Values.Select(value => _names[value])];
        Accepted = string.Join(", ", Names);
    }

    /// <summary>All values, in the order of the enumeration.</summary>
    public IReadOnlyList<T> Values { get; }

    /// <summary>All names, in the order of the enumeration.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>All names in one line, for messages that say what would be accepted.</summary>
    public string Accepted { get; }

    /// <summary>The name of a value.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is not a member of the enumeration.</exception>
    public string NameOf(T value) =>
        _names.TryGetValue(value, out var name)
            ? name
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{value} is not one of: {Accepted}.");

    /// <summary>True for exactly one of <see cref="Names"/>.</summary>
    public bool Contains([NotNullWhen(true)] string? name) => name is not null && _values.ContainsKey(name);

    /// <summary>Finds the value of a name.</summary>
    /// <returns>False, and the default value, for any text that is not exactly one of <see cref="Names"/>.</returns>
    public bool TryParse([NotNullWhen(true)] string? name, out T value)
    {
        value = default;
        return name is not null && _values.TryGetValue(name, out value);
    }

    /// <summary>The value of a name.</summary>
    /// <exception cref="FormatException"><paramref name="name"/> is not exactly one of <see cref="Names"/>.</exception>
    public T Parse(string name) =>
        TryParse(name, out var value) ? value : throw new FormatException($"'{name}' is not one of: {Accepted}.");
}

/// <summary>Says of text that it is one of the names of an enumeration, to whoever describes the member. The validators have the rule themselves.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AllowedNamesAttribute<T>() : AllowedValuesAttribute([.. EnumNames.Of<T>().Names])
    where T : struct, Enum;
