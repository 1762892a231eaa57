namespace RunMetrics.Api.Import;

/// <summary>What became of the lines of an import.</summary>
/// <param name="Accepted">How many facts were stored, new or moving something forward.</param>
/// <param name="Unchanged">How many facts added nothing to what was stored.</param>
/// <param name="Rejected">How many lines were refused; all of them, also beyond those listed.</param>
/// <param name="Errors">The first refused lines, at most 100.</param>
public sealed record ImportReport(long Accepted, long Unchanged, long Rejected, IReadOnlyList<ImportError> Errors);
