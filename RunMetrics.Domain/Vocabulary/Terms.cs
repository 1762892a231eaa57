using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace RunMetrics.Domain.Vocabulary;

/// <summary>
/// The one place that maps the values of the vocabulary to the snake_case text by which they travel in JSON, SQL, query strings and logs.
/// </summary>
public static class Terms
{
    /// <summary>The phases of a run, in their order.</summary>
    public static Terms<RunPhase> Phases { get; } = new(
        (RunPhase.Setup, "setup"),
        (RunPhase.Builder, "builder"),
        (RunPhase.Test, "test"),
        (RunPhase.Reviewer, "reviewer"),
        (RunPhase.Merge, "merge"));

    /// <summary>The outcomes of a closed phase.</summary>
    public static Terms<PhaseOutcome> Outcomes { get; } = new(
        (PhaseOutcome.Success, "success"),
        (PhaseOutcome.Failed, "failed"),
        (PhaseOutcome.ChangesRequested, "changes_requested"),
        (PhaseOutcome.Approved, "approved"),
        (PhaseOutcome.Skipped, "skipped"));

    /// <summary>The statuses of a run.</summary>
    public static Terms<RunStatus> Statuses { get; } = new(
        (RunStatus.Running, "running"),
        (RunStatus.Succeeded, "succeeded"),
        (RunStatus.Failed, "failed"),
        (RunStatus.Cancelled, "cancelled"));

    /// <summary>The text of a phase.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="phase"/> is not a member of the enumeration.</exception>
    public static string Name(this RunPhase phase) => Phases.NameOf(phase);

    /// <summary>The text of an outcome.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outcome"/> is not a member of the enumeration.</exception>
    public static string Name(this PhaseOutcome outcome) => Outcomes.NameOf(outcome);

    /// <summary>The text of a status.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="status"/> is not a member of the enumeration.</exception>
    public static string Name(this RunStatus status) => Statuses.NameOf(status);

    /// <summary>True for <c>approved</c> and <c>changes_requested</c>, which only <see cref="RunPhase.Reviewer"/> gives.</summary>
    public static bool IsVerdict(this PhaseOutcome outcome) => outcome is PhaseOutcome.Approved or PhaseOutcome.ChangesRequested;
}

/// <summary>The names of one enumeration of the vocabulary. Names match exactly: no other casing, no numbers, no lists.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class Terms<T>
    where T : struct, Enum
{
    private readonly FrozenDictionary<string, T> _values;
    private readonly FrozenDictionary<T, string> _names;

    internal Terms(params (T Value, string Name)[] terms)
    {
        Names = [.. terms.Select(term => term.Name)];
        Accepted = string.Join(", ", Names);
        _values = terms.ToFrozenDictionary(term => term.Name, term => term.Value, StringComparer.Ordinal);
        _names = terms.ToFrozenDictionary(term => term.Value, term => term.Name);
    }

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
