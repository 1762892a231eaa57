namespace RunMetrics.Domain.Facts;

/// <summary>The refusal of a fact.</summary>
/// <param name="Reason">The kind of refusal.</param>
/// <param name="Errors">Everything that is wrong with the fact; at least one.</param>
public sealed record FactRejection(FactRejectionReason Reason, IReadOnlyList<FactError> Errors)
{
    /// <summary>The sentences of all <see cref="Errors"/>.</summary>
    public string Message => string.Join(' ', Errors.Select(error => error.Message));
}
