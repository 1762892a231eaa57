using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Runs;
using Shouldly;

namespace RunMetrics.Tests.Runner;

[Parallelizable(ParallelScope.All)]
public sealed class StepTests
{
    [TestCase("setup", "success", "builder", 1)]
    [TestCase("builder", "success", "test", 1)]
    [TestCase("test", "success", "reviewer", 1)]
    [TestCase("test", "failed", "builder", 2)]
    [TestCase("reviewer", "changes_requested", "builder", 2)]
    [TestCase("reviewer", "approved", "merge", 1)]
    public void Next_of_a_phase_that_leads_on_is_the_phase_it_leads_to(string phase, string outcome, string next, int iteration)
    {
        var step = new Step(EnumNames.Of<RunPhase>().Parse(phase), 1);

        var found = step.Next(EnumNames.Of<PhaseOutcome>().Parse(outcome), maxIterations: 2);

        found.ShouldBe(new Step(EnumNames.Of<RunPhase>().Parse(next), iteration));
    }

    [TestCase("setup", "failed")]
    [TestCase("builder", "failed")]
    [TestCase("test", "failed")]
    [TestCase("reviewer", "failed")]
    [TestCase("reviewer", "changes_requested")]
    [TestCase("merge", "success")]
    [TestCase("merge", "skipped")]
    [TestCase("merge", "failed")]
    public void Next_of_a_phase_that_ends_the_run_is_null(string phase, string outcome)
    {
        var step = new Step(EnumNames.Of<RunPhase>().Parse(phase), 2);

        var found = step.Next(EnumNames.Of<PhaseOutcome>().Parse(outcome), maxIterations: 2);

        found.ShouldBeNull();
    }

    [Test]
    public void FindLastFinished_passes_over_what_was_open_lost_or_cancelled()
    {
        PhaseMetricRecord[] recorded =
        [
            Metric(RunPhase.Setup, 1, PhaseOutcome.Success),
            Metric(RunPhase.Builder, 1, PhaseOutcome.Failed, "process_lost"),
            Metric(RunPhase.Builder, 1, PhaseOutcome.Success),
            Metric(RunPhase.Test, 1, PhaseOutcome.Failed, "tests_failed"),
            Metric(RunPhase.Builder, 2, PhaseOutcome.Failed, "cancelled"),
            Metric(RunPhase.Builder, 2, null),
        ];

        var last = Step.FindLastFinished(recorded);

        last.ShouldBe((new Step(RunPhase.Test, 1), PhaseOutcome.Failed));
        Step.FindLastFinished([]).ShouldBeNull();
    }

    private static PhaseMetricRecord Metric(RunPhase phase, int iteration, PhaseOutcome? outcome, string? reason = null) => new(
        "m", "r", phase, iteration, DateTimeOffset.UnixEpoch, null, null, outcome, reason is null ? null : JsonSerializer.SerializeToElement(new { reason }));
}
