using NUnit.Framework;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Runs;
using Shouldly;

namespace RunMetrics.Tests.Runner.Runs;

[Parallelizable(ParallelScope.All)]
public sealed class RunResultTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 12, 10, 0, 0, TimeSpan.Zero);

    [TestCase(400, 0, "0.4")]
    [TestCase(700, 1, "0.7")]
    [TestCase(1500, 2, "2")]
    [TestCase(60_000, 60, "60")]
    [TestCase(60_000, 55, "55", Description = "Measured by a clock of its own, and the instants by one that was set.")]
    [TestCase(400, null, null)]
    public void Of_a_recorded_phase_takes_the_instants_where_they_agree_with_the_duration(int milliseconds, int? durationSeconds, string? shown)
    {
        var metric = MakeMetric(PhaseOutcome.Success) with { EndedAt = Start.AddMilliseconds(milliseconds), DurationSeconds = durationSeconds };

        var elapsed = PhaseResult.Of(metric).Elapsed;

        (elapsed is { } known ? DisplayText.Duration(known) : null).ShouldBe(shown);
    }

    [Test]
    public void OfResumed_of_an_open_phase_is_one_that_was_lost()
    {
        var result = PhaseResult.OfResumed(MakeMetric(outcome: null));

        result.Outcome.ShouldBe(PhaseOutcome.Failed);
        DisplayText.Notes(result.Metadata).ShouldBe("process lost");
    }

    private static PhaseMetricRecord MakeMetric(PhaseOutcome? outcome) =>
        new("m", "r", RunPhase.Test, Iteration: 1, Start, EndedAt: null, DurationSeconds: null, outcome, Metadata: null);
}
