using System.Text.Json;
using FluentValidation;
using FluentValidation.Results;

namespace RunMetrics.Domain.Facts;

/// <summary>The form in which the validators state their rules and their refusals.</summary>
internal static class FactRules
{
    /// <summary>The rules that hold for a fact which must stand by itself, such as a line of a file, where no default may be guessed.</summary>
    public const string Complete = nameof(Complete);

    /// <summary>The rules that hold an instant against the clock.</summary>
    public const string Timely = nameof(Timely);

    /// <summary>Demands that an instant, when given, does not lie beyond <see cref="Instants.FutureTolerance"/>.</summary>
    public static IRuleBuilderOptions<T, DateTimeOffset?> NotInTheFuture<T>(this IRuleBuilder<T, DateTimeOffset?> rule, TimeProvider time) => rule
        .Must(instant => instant is null || instant.Value - time.GetUtcNow() <= Instants.FutureTolerance)
        .WithMessage("an instant not more than a day in the future");

    /// <summary>The refusal in the terms of the contract: the JSON name of the field, the value as text, what would be accepted.</summary>
    public static FactError ToFactError(ValidationFailure failure) => failure.CustomState as FactError
        ?? new FactError(JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.PropertyName), Text(failure.AttemptedValue), failure.ErrorMessage);

    private static string? Text(object? value) => value switch
    {
        null => null,
        DateTimeOffset instant => Instants.Format(instant),
        IFormattable formattable => formattable.ToString(format: null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
