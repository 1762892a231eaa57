namespace RunMetrics.Client;

/// <summary>What the API says became of the lines of an import.</summary>
internal sealed record ImportAnswer(long Accepted, long Unchanged, long Rejected, IReadOnlyList<ImportAnswer.RefusedLine> Errors)
{
    /// <summary>A line that was refused, by its number from 1.</summary>
    internal sealed record RefusedLine(long Line, string? Id, string Message);
}
