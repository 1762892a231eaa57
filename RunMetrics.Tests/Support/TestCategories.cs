namespace RunMetrics.Tests.Support;

/// <summary>What sets a fixture apart when tests are chosen.</summary>
internal static class TestCategories
{
    /// <summary>No database, process or socket: fast enough to run for every mutant of the domain. See <c>docs/testing.md</c>.</summary>
    public const string Unit = "Unit";
}
