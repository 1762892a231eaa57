using System.ComponentModel.DataAnnotations;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Parameters;

/// <summary>The form in which query parameters are refused, and the rules that several have.</summary>
internal static class ParameterRules
{
    public static ValidationResult Refuse(string name, string? value, string accepted) => new(new FactError(name, value, accepted).Message, [name]);

    public static ValidationResult? FindFaultyWindow(DateTimeOffset? since, DateTimeOffset? until) => until < since
        ? Refuse("until", Instants.Format(until.Value), $"an instant at or after since, {Instants.Format(since.Value)}")
        : null;
}
