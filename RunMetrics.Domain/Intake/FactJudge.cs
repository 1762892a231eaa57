using FluentValidation;
using FluentValidation.Results;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Intake;

/// <summary>Judges a fact by all rules that hold for it.</summary>
internal sealed class FactJudge(TimeProvider time)
{
    private readonly RunFactValidator _runRules = new(time);
    private readonly PhaseMetricFactValidator _phaseMetricRules = new(time);

    /// <summary>All that is wrong with what was read: what was unreadable, and the rules that the readable rest breaks.</summary>
    /// <param name="reading">What was read.</param>
    /// <param name="strictness">Which rules hold beside those that always do.</param>
    public IReadOnlyList<FactError> Judge(FactReading reading, FactStrictness strictness)
    {
        var broken = reading.Fact switch
        {
            RunFact run => Validate(_runRules, run, strictness),
            PhaseMetricFact phaseMetric => Validate(_phaseMetricRules, phaseMetric, strictness),
            _ => [],
        };
        if (broken.Count == 0)
        {
            return reading.Errors;
        }

        var unreadable = reading.Errors.Select(error => error.Field).ToHashSet(StringComparer.Ordinal);
        return [.. reading.Errors, .. broken.Select(FactRules.ToFactError).Where(error => !unreadable.Contains(error.Field))];
    }

    private static List<ValidationFailure> Validate<T>(IValidator<T> rules, T fact, FactStrictness strictness) =>
        rules.Validate(fact, options =>
        {
            options.IncludeRulesNotInRuleSet();
            if (strictness != FactStrictness.OwnClock)
            {
                options.IncludeRuleSets(FactRules.Timely);
            }

            if (strictness != FactStrictness.Live)
            {
                options.IncludeRuleSets(FactRules.Complete);
            }
        }).Errors;
}
