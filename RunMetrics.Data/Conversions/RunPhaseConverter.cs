using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Conversions;

internal sealed class RunPhaseConverter() : ValueConverter<RunPhase, string>(
    phase => Terms.Phases.NameOf(phase),
    name => Terms.Phases.Parse(name));
