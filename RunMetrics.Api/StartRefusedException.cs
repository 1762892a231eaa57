namespace RunMetrics.Api;

/// <summary>The service cannot start with these settings. The message is one line for the person who starts it.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
