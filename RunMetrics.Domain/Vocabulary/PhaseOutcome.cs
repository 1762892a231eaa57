namespace RunMetrics;

/// <summary>How a closed phase came out; <c>approved</c> and <c>changes_requested</c> are verdicts of the phase <c>reviewer</c> alone.</summary>
public enum PhaseOutcome
{
    /// <summary>The phase did what it was for: <c>success</c>.</summary>
    Success,

    /// <summary>The phase did not do what it was for, or its process was lost: <c>failed</c>.</summary>
    Failed,

    /// <summary>The reviewer's verdict that sends the run into another iteration: <c>changes_requested</c>.</summary>
    ChangesRequested,

    /// <summary>The reviewer's verdict that lets the change through: <c>approved</c>.</summary>
    Approved,

    /// <summary>There was nothing to do; the phase counts in no average: <c>skipped</c>.</summary>
    Skipped,
}

/// <summary>What follows from an outcome.</summary>
public static class PhaseOutcomeExtensions
{
    /// <summary>True for <c>approved</c> and <c>changes_requested</c>, which only <see cref="RunPhase.Reviewer"/> gives.</summary>
    public static bool IsVerdict(this PhaseOutcome outcome) => outcome is PhaseOutcome.Approved or PhaseOutcome.ChangesRequested;
}
