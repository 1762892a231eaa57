namespace RunMetrics;

/// <summary>Where a run stands. It leaves <c>running</c> once and never returns.</summary>
public enum RunStatus
{
    /// <summary>The run has not ended: <c>running</c>.</summary>
    Running,

    /// <summary>The run ended as intended: <c>succeeded</c>.</summary>
    Succeeded,

    /// <summary>The run ended without its result: <c>failed</c>.</summary>
    Failed,

    /// <summary>The run was called off: <c>cancelled</c>.</summary>
    Cancelled,
}
