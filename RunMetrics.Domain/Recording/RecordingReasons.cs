namespace RunMetrics.Domain.Recording;

/// <summary>What the recorder itself writes to <c>metadata.reason</c> of a phase that it closes as failed.</summary>
public static class RecordingReasons
{
    /// <summary>The scope of the phase was left, by exception or return, without an outcome.</summary>
    public const string NoOutcome = "no_outcome";

    /// <summary>The process that recorded the phase was gone when the run was resumed.</summary>
    public const string ProcessLost = "process_lost";
}
