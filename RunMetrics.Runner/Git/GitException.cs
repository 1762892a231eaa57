namespace RunMetrics.Runner.Git;

/// <summary>git did not do what it was asked.</summary>
/// <param name="message">What was asked and what git said.</param>
internal sealed class GitException(string message) : Exception(message);
