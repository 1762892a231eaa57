using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>A single fact was refused and nothing was stored.</summary>
/// <param name="rejection">Why.</param>
public sealed class FactRejectedException(FactRejection rejection) : Exception(rejection.Message)
{
    /// <summary>Why the fact was refused.</summary>
    public FactRejection Rejection { get; } = rejection;
}
