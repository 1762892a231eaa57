namespace RunMetrics.Runner.Exit;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCodes
{
    /// <summary>All was done: the work was merged, or there was nothing to merge.</summary>
    public const int Done = 0;

    /// <summary>Something came out otherwise: the work was not approved in time, a phase failed, a store could not be used.</summary>
    public const int Failed = 1;

    /// <summary>What was asked cannot be done; nothing was touched.</summary>
    public const int BadUsage = 2;

    /// <summary>A signal called the run off.</summary>
    public const int Cancelled = 130;

    /// <summary>What a run ends with.</summary>
    public static int Of(RunStatus status) => status switch
    {
        RunStatus.Succeeded => Done,
        RunStatus.Cancelled => Cancelled,
        _ => Failed,
    };
}

/// <summary>
/// What was asked cannot be done; nothing was touched. Ends the program with <see cref="ExitCodes.BadUsage"/>. The message says what is
/// wrong and what to do about it.
/// </summary>
/// <param name="message">A line for the person who started the program.</param>
internal sealed class RefusedException(string message) : Exception(message);
