namespace RunMetrics;

/// <summary>A phase of a run, in the order in which a run goes through them.</summary>
public enum RunPhase
{
    /// <summary>The work tree is prepared and a baseline taken: <c>setup</c>.</summary>
    Setup,

    /// <summary>The agent changes the code: <c>builder</c>.</summary>
    Builder,

    /// <summary>The change is tested: <c>test</c>.</summary>
    Test,

    /// <summary>The change is reviewed; the only phase that gives a verdict: <c>reviewer</c>.</summary>
    Reviewer,

    /// <summary>The change is merged: <c>merge</c>.</summary>
    Merge,
}
