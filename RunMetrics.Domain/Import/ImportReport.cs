using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Import;

/// <summary>What became of the lines of an import.</summary>
/// <param name="Accepted">How many facts were stored, new or moving something forward.</param>
/// <param name="Unchanged">How many facts added nothing to what was stored.</param>
/// <param name="Rejected">How many lines were refused; all of them, also beyond those listed.</param>
/// <param name="Errors">The first refused lines: at most 100, and no more than make about half a megabyte.</param>
public sealed record ImportReport(long Accepted, long Unchanged, long Rejected, IReadOnlyList<ImportError> Errors);

/// <summary>A line that was refused.</summary>
/// <param name="Line">The number of the line, from 1.</param>
/// <param name="Id">The id of the fact; null when none could be read.</param>
/// <param name="Reason">The kind of refusal.</param>
/// <param name="Message">All that is wrong with the line, each with field, value and what would be accepted.</param>
/// <param name="Errors">The same by the name of the field.</param>
public sealed record ImportError(
    long Line, string? Id, FactRejectionReason Reason, string Message, IReadOnlyDictionary<string, IReadOnlyList<string>> Errors);
