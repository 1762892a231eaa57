namespace RunMetrics.Domain.Facts;

/// <summary>One thing that is wrong with a fact.</summary>
/// <param name="Field">The field by its JSON name, such as <c>ended_at</c>.</param>
/// <param name="Value">The value as it was given, cut to a readable length; null when it was missing.</param>
/// <param name="Accepted">What would have been accepted instead.</param>
public sealed record FactError(string Field, string? Value, string Accepted)
{
    private const int LongestShownValue = 100;

    /// <summary>The value as it was given, cut to a readable length; null when it was missing.</summary>
    public string? Value { get; } = Value is { Length: > LongestShownValue } ? $"{Value[..LongestShownValue]}…" : Value;

    /// <summary>Field, value and what would be accepted in one sentence.</summary>
    public string Message => Value is null
        ? $"{Field} is missing; accepted: {Accepted}."
        : $"{Field} is '{Value}'; accepted: {Accepted}.";
}
