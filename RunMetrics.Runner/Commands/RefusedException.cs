namespace RunMetrics.Runner.Commands;

/// <summary>What was asked cannot be done; nothing was touched. The message says what is wrong and what to do about it.</summary>
/// <param name="message">A line for the person who started the program.</param>
internal sealed class RefusedException(string message) : Exception(message);
