using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Conversions;

internal sealed class PhaseOutcomeConverter() : ValueConverter<PhaseOutcome, string>(
    outcome => Terms.Outcomes.NameOf(outcome),
    name => Terms.Outcomes.Parse(name));
