using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Intake;

/// <summary>A fact that is stored.</summary>
/// <param name="Id">The id under which it is stored.</param>
/// <param name="Disposition">What became of it; never <see cref="FactDisposition.Rejected"/>.</param>
public sealed record RecordedFact(string Id, FactDisposition Disposition);
