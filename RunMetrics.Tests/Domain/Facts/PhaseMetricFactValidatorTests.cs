using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class PhaseMetricFactValidatorTests
{
    private const string Id = "1 to 128 of A-Z a-z 0-9 . _ : -";
    private const string Phases = "setup, builder, test, reviewer, merge";
    private const string Outcomes = "success, failed, changes_requested, approved, skipped";
    private const string PlainOutcomes = "success, failed, skipped (verdicts belong to the phase reviewer)";
    private const string Instant = "an instant with its offset, such as 2026-01-12T10:00:00.000Z";
    private const string Timely = "an instant not more than a day in the future";
    private const string Metadata = "a JSON object of at most 16384 bytes and 60 levels, or null";

    private static readonly DateTimeOffset LastAccepted = TestDatabase.Now.AddDays(1);
    private static readonly FactValidator Validator = new(new FakeTimeProvider(TestDatabase.Now));

    [TestCaseSource(nameof(BrokenPhases))]
    public void Validate_one_rule_broken_is_refused_with_field_value_and_what_is_accepted(PhaseMetricFact fact, string field, string? value, string accepted)
    {
        foreach (var strictness in new[] { FactStrictness.Live, FactStrictness.Complete })
        {
            var rejection = Validator.Validate(fact, strictness).ShouldNotBeNull();

            rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
            rejection.Errors.ShouldHaveSingleItem().ShouldBe(new FactError(field, value, accepted));
        }
    }

    [TestCaseSource(nameof(PhasesAtTheEdge))]
    public void Validate_just_within_the_rules_is_valid(PhaseMetricFact fact)
    {
        Validator.Validate(fact, FactStrictness.Live).ShouldBeNull();
        Validator.Validate(fact, FactStrictness.Complete).ShouldBeNull();
        Validator.Validate(fact, FactStrictness.OwnClock).ShouldBeNull();
    }

    [Test]
    public void Validate_instants_of_our_own_clock_may_lie_ahead() => Validator.Validate(
        SampleFacts.ClosedPhase() with { StartedAt = LastAccepted.AddDays(1), EndedAt = LastAccepted.AddDays(1) }, FactStrictness.OwnClock).ShouldBeNull();

    [Test]
    public void Validate_everything_wrong_is_refused_with_all_of_it_at_once()
    {
        var rejection = Validator.Validate(
            new PhaseMetricFact
            {
                Id = "a b",
                RunId = "",
                Phase = "Setup",
                Iteration = 0,
                StartedAt = LastAccepted.AddDays(1),
                DurationSeconds = -1,
                Outcome = "done",
                Metadata = SampleFacts.Json("[]"),
            },
            FactStrictness.Live);

        rejection.ShouldNotBeNull().Errors.Select(error => error.Field).ShouldBe(
            ["id", "run_id", "phase", "iteration", "started_at", "ended_at", "duration_seconds", "outcome", "metadata"], ignoreOrder: true);
    }

    [Test]
    public void Validate_a_verdict_of_a_phase_that_is_none_is_wrong_in_its_phase_alone() =>
        Validator.Validate(SampleFacts.ClosedPhase() with { Phase = "review", Outcome = "approved" }, FactStrictness.Live)
            .ShouldNotBeNull().Errors.ShouldHaveSingleItem().Field.ShouldBe("phase");

    private static IEnumerable<TestCaseData> BrokenPhases()
    {
        var open = SampleFacts.OpenPhase();
        var closed = SampleFacts.ClosedPhase();
        var start = SampleFacts.Start;

        TestCaseData Broken(string what, PhaseMetricFact fact, string field, string? value, string accepted) =>
            new TestCaseData(fact, field, value, accepted).SetArgDisplayNames(what);

        yield return Broken("empty id", open with { Id = "" }, "id", "", Id);
        yield return Broken("slash in id", open with { Id = "a/b" }, "id", "a/b", Id);
        yield return Broken("no run", open with { RunId = null }, "run_id", null, Id);
        yield return Broken("slash in run", open with { RunId = "a/b" }, "run_id", "a/b", Id);
        yield return Broken("no phase", open with { Phase = null }, "phase", null, Phases);
        yield return Broken("other casing of phase", open with { Phase = "Builder" }, "phase", "Builder", Phases);
        yield return Broken("iteration 0", open with { Iteration = 0 }, "iteration", "0", "a whole number from 1 to 2147483647");
        yield return Broken("no start", open with { StartedAt = null }, "started_at", null, Instant);
        yield return Broken(
            "start too far ahead", open with { StartedAt = LastAccepted.AddTicks(1) }, "started_at", "2026-01-13T10:00:00.123Z", Timely);
        yield return Broken(
            "end too far ahead", closed with { EndedAt = LastAccepted.AddMilliseconds(1) }, "ended_at", "2026-01-13T10:00:00.124Z", Timely);
        yield return Broken(
            "end before start",
            closed with { EndedAt = start.AddTicks(-1) },
            "ended_at",
            "2026-01-12T08:59:59.999Z",
            "an instant at or after started_at (the phase ends before it starts)");
        yield return Broken("duration without end", closed with { EndedAt = null }, "ended_at", null, $"{Instant}, as duration_seconds is given");
        yield return Broken("negative duration", closed with { DurationSeconds = -1 }, "duration_seconds", "-1", "whole seconds from 0 to 2147483647");
        yield return Broken("end without outcome", closed with { Outcome = null, DurationSeconds = null }, "outcome", null, $"{Outcomes}, as the phase has ended");
        yield return Broken("end and duration without outcome", closed with { Outcome = null }, "outcome", null, $"{Outcomes}, as the phase has ended");
        yield return Broken("unknown outcome", closed with { Outcome = "done" }, "outcome", "done", Outcomes);
        yield return Broken("two outcomes", closed with { Outcome = "success, failed" }, "outcome", "success, failed", Outcomes);
        yield return Broken("metadata no object", open with { Metadata = SampleFacts.Json("[1]") }, "metadata", "[1]", Metadata);
        yield return Broken("metadata undefined", open with { Metadata = default(JsonElement) }, "metadata", "", Metadata);
        yield return Broken(
            "metadata with a member twice", open with { Metadata = SampleFacts.Json("""{"a":1,"a":2}""") }, "metadata.a", "2", "the field once");
        foreach (var verdict in new[] { "approved", "changes_requested" })
        {
            foreach (var phase in new[] { "setup", "builder", "test", "merge" })
            {
                yield return Broken($"{verdict} by {phase}", closed with { Phase = phase, Outcome = verdict }, "outcome", verdict, PlainOutcomes);
            }
        }

        yield return Broken(
            "longer than a duration can say",
            closed with { StartedAt = DateTimeOffset.MinValue, EndedAt = DateTimeOffset.MinValue.AddSeconds(int.MaxValue).AddMilliseconds(1) },
            "ended_at",
            "0069-01-19T03:14:07.001Z",
            "an instant at most 2147483647 s after started_at");
    }

    private static IEnumerable<TestCaseData> PhasesAtTheEdge()
    {
        TestCaseData Valid(string what, PhaseMetricFact fact) => new TestCaseData(fact).SetArgDisplayNames(what);

        var open = SampleFacts.OpenPhase();
        var closed = SampleFacts.ClosedPhase();
        var start = SampleFacts.Start;
        yield return Valid("no id", open with { Id = null });
        yield return Valid("no iteration", open with { Iteration = null });
        yield return Valid("iteration 1", open with { Iteration = 1 });
        yield return Valid("highest iteration", open with { Iteration = int.MaxValue });
        yield return Valid("start exactly a day ahead", open with { StartedAt = LastAccepted });
        yield return Valid("end exactly a day ahead", closed with { StartedAt = LastAccepted, EndedAt = LastAccepted });
        yield return Valid("end unknown", closed with { EndedAt = null, DurationSeconds = null });
        yield return Valid("no duration", closed with { DurationSeconds = null });
        yield return Valid("no time at all", closed with { EndedAt = start, DurationSeconds = 0 });
        yield return Valid("longest duration", closed with { DurationSeconds = int.MaxValue });
        yield return Valid(
            "longest time between the instants",
            closed with { StartedAt = DateTimeOffset.MinValue, EndedAt = DateTimeOffset.MinValue.AddSeconds(int.MaxValue) });
        yield return Valid("metadata", open with { Metadata = SampleFacts.Json("""{"a":[1]}""") });
        foreach (var outcome in new[] { "success", "failed", "changes_requested", "approved", "skipped" })
        {
            yield return Valid($"{outcome} by the reviewer", closed with { Phase = "reviewer", Outcome = outcome });
        }

        foreach (var phase in new[] { "setup", "builder", "test", "merge" })
        {
            yield return Valid($"skipped {phase}", closed with { Phase = phase, Outcome = "skipped" });
        }
    }
}
