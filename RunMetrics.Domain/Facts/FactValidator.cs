using FluentValidation;
using FluentValidation.Internal;
using FluentValidation.Results;

namespace RunMetrics.Domain.Facts;

/// <summary>Validates a fact by all rules that hold for it.</summary>
internal sealed class FactValidator(TimeProvider time)
{
    // Made once: making one for each fact takes half as long as the validation itself.
    private static readonly Dictionary<FactStrictness, IValidatorSelector> RuleSets = new()
    {
        [FactStrictness.Live] = Select(RulesetValidatorSelector.DefaultRuleSetName, FactRules.Timely),
        [FactStrictness.Complete] = Select(RulesetValidatorSelector.DefaultRuleSetName, FactRules.Timely, FactRules.Complete),
        [FactStrictness.OwnClock] = Select(RulesetValidatorSelector.DefaultRuleSetName, FactRules.Complete),
    };

    private readonly RunFactValidator _runs = new(time);
    private readonly PhaseMetricFactValidator _phaseMetrics = new(time);

    /// <summary>Validates a fact that was not read from JSON.</summary>
    /// <returns>Null when the fact is valid.</returns>
    public FactRejection? Validate(Fact fact, FactStrictness strictness) => Validate(new FactReading(fact, []), strictness);

    /// <summary>All that is wrong with what was read: what was unreadable, and the rules that the readable rest breaks.</summary>
    /// <param name="reading">What was read.</param>
    /// <param name="strictness">Which rules hold beside those that always do.</param>
    /// <returns>Null when the fact was readable and is valid.</returns>
    public FactRejection? Validate(FactReading reading, FactStrictness strictness)
    {
        var broken = reading.Fact switch
        {
            null => null,
            RunFact run => Validate(_runs, run, strictness),
            PhaseMetricFact phaseMetric => Validate(_phaseMetrics, phaseMetric, strictness),
            _ => throw new ArgumentException($"There are no rules for a {reading.Fact.GetType().Name}.", nameof(reading)),
        };
        if (broken is null or [] && reading.Errors is [])
        {
            return reading.Fact is null ? throw new ArgumentException("A reading without a fact has errors.", nameof(reading)) : null;
        }

        var unreadable = reading.Errors.Select(error => error.Field).ToHashSet(StringComparer.Ordinal);
        var errors = new FactErrors();
        errors.AddRange((broken ?? []).Select(FactRules.ToFactError).Where(error => !unreadable.Contains(error.Field)), omitted: 0);
        errors.AddRange(reading.Errors, reading.OmittedErrors);
        return errors.ToRejection(reading.Fact is null ? FactRejectionReason.Unreadable : FactRejectionReason.Invalid);
    }

    private static List<ValidationFailure> Validate<T>(IValidator<T> rules, T fact, FactStrictness strictness) =>
        rules.Validate(new ValidationContext<T>(fact, propertyChain: null, RuleSets[strictness])).Errors;

    private static RulesetValidatorSelector Select(params string[] ruleSets) => new(ruleSets);
}

/// <summary>Which rules hold for a fact beside those that always do.</summary>
internal enum FactStrictness
{
    /// <summary>Stated while it happens: what is left out is filled in by the time of the call.</summary>
    Live,

    /// <summary>Stands by itself: no default may be guessed.</summary>
    Complete,

    /// <summary>Complete, with instants of our own making, which a clock that was set back does not make wrong.</summary>
    OwnClock,
}
