namespace RunMetrics.Api.Import;

/// <summary>A line that was refused.</summary>
/// <param name="Line">The number of the line, from 1.</param>
/// <param name="Id">The id of the fact; null when none could be read.</param>
/// <param name="Message">All that is wrong with the line, each with field, value and what would be accepted.</param>
public sealed record ImportError(long Line, string? Id, string Message);
