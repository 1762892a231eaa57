using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>
/// What could be read from JSON: the fact as far as it was readable, and every field that was not. The rules then judge the readable rest, so
/// that the sender hears all that is wrong at once.
/// </summary>
/// <param name="Fact">The fact as far as it could be read; null when not even its kind could.</param>
/// <param name="Errors">What could not be read; empty when all could.</param>
public sealed record FactReading(Fact? Fact, IReadOnlyList<FactError> Errors)
{
    /// <summary>The same, stated by somebody who may write these projects only.</summary>
    public FactReading Within(ProjectScope scope) => Fact is null ? this : this with { Fact = Fact with { Scope = scope } };
}
