namespace RunMetrics.Runner.Reports;

/// <summary>How the tests of one run of them came out.</summary>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed, whatever way.</param>
/// <param name="Skipped">Tests that were not executed.</param>
internal sealed record TestTotals(int Passed, int Failed, int Skipped)
{
    /// <summary>All tests.</summary>
    public int Total => Passed + Failed + Skipped;

    /// <summary>The totals of two reports together.</summary>
    public static TestTotals operator +(TestTotals first, TestTotals second) =>
        new(first.Passed + second.Passed, first.Failed + second.Failed, first.Skipped + second.Skipped);
}
