namespace RunMetrics.Runner.Git;

/// <summary>What came of a git command.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote, as it wrote it.</param>
/// <param name="Errors">What it complained of.</param>
internal sealed record GitResult(int ExitCode, string Output, string Errors)
{
    /// <summary>True when git succeeded.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>The output without the line end.</summary>
    public string Line => Output.Trim();
}
