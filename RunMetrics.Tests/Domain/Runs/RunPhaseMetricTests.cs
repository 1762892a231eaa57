using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Runs;

/// <summary>How a stored phase takes in another fact: the rows of the table in <c>docs/architecture.md</c>, and what follows from them.</summary>
[Category(TestCategories.Unit)]
public sealed class RunPhaseMetricTests
{
    private static readonly DateTimeOffset Start = SampleFacts.Start;
    private static readonly DateTimeOffset End = Start.AddSeconds(90);

    private static readonly PhaseMetricFact Open = SampleFacts.OpenPhase() with { Phase = "reviewer", Iteration = 3, Metadata = Json("""{"a":1}""") };
    private static readonly PhaseMetricFact Closed = Open with { EndedAt = End, DurationSeconds = 90, Outcome = "success" };
    private static readonly PhaseMetricFact ClosedWithUnknownEnd = Closed with { EndedAt = null, DurationSeconds = null };
    private static readonly PhaseMetricFact NothingSaid = new() { Id = Open.Id };

    private static readonly Stored OpenMetric =
        new(new PhaseMetricRecord("metric-1", "run-1", RunPhase.Reviewer, 3, Start, null, null, null, null), """{"a":1}""");

    private static readonly Stored ClosedMetric = Closing(End, 90, PhaseOutcome.Success);

    /// <summary>Valid facts about one phase, of so few values that they meet, agree and contradict each other.</summary>
    private static readonly Gen<PhaseMetricFact> Facts =
        from runId in Gen.Frequency((9, "run-1"), (1, "run-2"))
        from phase in Gen.Frequency((9, "reviewer"), (1, "merge"))
        from iteration in Gen.Frequency((9, (int?)3), (1, null), (1, 2))
        from startedAt in Gen.Frequency((8, Start), (1, Start.AddTicks(9_999)), (1, Start.AddMilliseconds(1)))
        from outcome in Gen.OneOf(null, null, "success", "failed", "skipped")
        from endedAt in Gen.OneOf<DateTimeOffset?>(null, End, End.AddTicks(1), End.AddMilliseconds(1))
        from seconds in Gen.OneOf<int?>(null, 90, 91)
        from metadata in Gen.OneOf(null, "{}", """{"a":1}""", """{"a":2}""", """{"b":[1]}""", """{"a":1,"c":null}""")
        select new PhaseMetricFact
        {
            Id = "metric-1",
            RunId = runId,
            Phase = phase,
            Iteration = iteration,
            StartedAt = startedAt,
            EndedAt = outcome is null ? null : endedAt,
            DurationSeconds = outcome is null || endedAt is null ? null : seconds,
            Outcome = outcome,
            Metadata = metadata is null ? null : Json(metadata),
        };

    [TestCaseSource(nameof(NewPhases))]
    public void RunPhaseMetric_nothing_stored_is_as_stated(PhaseMetricFact fact, Stored stored) =>
        Stored.Of(new RunPhaseMetric(fact)).ShouldBe(stored);

    [TestCaseSource(nameof(InvalidPhases))]
    public void RunPhaseMetric_what_a_validator_should_have_refused_throws(PhaseMetricFact fact, string reason) =>
        Should.Throw<ArgumentException>(() => new RunPhaseMetric(fact)).Message.ShouldContain(reason);

    [TestCase("success", null)]
    [TestCase("failed", null)]
    [TestCase("skipped", null)]
    [TestCase("approved", "gives no verdict")]
    [TestCase("changes_requested", "gives no verdict")]
    public void RunPhaseMetric_a_verdict_belongs_to_the_reviewer_alone(string outcome, string? reason)
    {
        new RunPhaseMetric(Closed with { Outcome = outcome }).Outcome.ShouldNotBeNull().Name().ShouldBe(outcome);
        foreach (var phase in new[] { "setup", "builder", "test", "merge" })
        {
            var fact = Closed with { Phase = phase, Outcome = outcome };
            if (reason is null)
            {
                new RunPhaseMetric(fact).Outcome.ShouldNotBeNull().Name().ShouldBe(outcome);
            }
            else
            {
                Should.Throw<ArgumentException>(() => new RunPhaseMetric(fact)).Message.ShouldContain($"{phase} {reason}");
            }
        }
    }

    [TestCaseSource(nameof(FactsThatAddNothing))]
    public void Apply_what_adds_nothing_is_unchanged(PhaseMetricFact stored, PhaseMetricFact fact)
    {
        var metric = new RunPhaseMetric(stored);
        var before = Stored.Of(metric);

        metric.Apply(fact).ShouldBe(FactResult.Unchanged);

        Stored.Of(metric).ShouldBe(before);
    }

    [TestCaseSource(nameof(Updates))]
    public void Apply_what_moves_an_open_phase_forward_updates_it(PhaseMetricFact stored, PhaseMetricFact fact, Stored expected)
    {
        var metric = new RunPhaseMetric(stored);

        metric.Apply(fact).ShouldBe(FactResult.Updated);

        Stored.Of(metric).ShouldBe(expected);
    }

    [TestCaseSource(nameof(Conflicts))]
    public void Apply_a_contradiction_is_a_conflict_that_names_all_of_it_and_changes_nothing(PhaseMetricFact stored, PhaseMetricFact fact, string[] errors)
    {
        var metric = new RunPhaseMetric(stored);
        var before = Stored.Of(metric);

        var rejection = metric.Apply(fact).Rejection.ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Errors.Select(error => error.Message).ShouldBe(errors, ignoreOrder: true);
        Stored.Of(metric).ShouldBe(before);
    }

    [TestCase("[1]")]
    [TestCase("\"text\"")]
    [TestCase("""{"a":1,"a":1}""")]
    [TestCase("""{"a":"\ud800"}""")]
    public void Apply_metadata_beside_unusable_of_another_program_is_refused_and_the_rest_taken_in(string foreign)
    {
        const string Error = """metadata is '{"a":1}'; accepted: null, as the metadata recorded by another program cannot be compared.""";
        var open = new RunPhaseMetric(Open);
        StoreMetadata(open, foreign);
        var before = Stored.Of(open);

        open.Apply(Open).Rejection.ShouldNotBeNull().Errors.ShouldHaveSingleItem().Message.ShouldBe(Error);
        open.Apply(Closed).Rejection.ShouldNotBeNull().Errors.ShouldHaveSingleItem().Message.ShouldBe(Error);
        open.Apply(Open with { Metadata = null }).ShouldBe(FactResult.Unchanged);
        Stored.Of(open).ShouldBe(before);

        open.Apply(Closed with { Metadata = null }).ShouldBe(FactResult.Updated);
        open.Apply(Closed).Rejection.ShouldNotBeNull().Errors.ShouldHaveSingleItem().Message.ShouldBe(Error);
        open.Apply(Open).ShouldBe(FactResult.Unchanged);
        Stored.Of(open).ShouldBe(ClosedMetric with { Metadata = before.Metadata });
    }

    [Test]
    public void Apply_metadata_that_is_too_large_together_is_a_conflict_open_or_closing()
    {
        // Each fits into the 16 KiB, and so would both without a byte: {"a":"…"} and ,"b":"…" instead of {"b":"…"}.
        var stored = Open with { Metadata = Json(Member("a", 8_000)) };
        var tooLarge = Json(Member("b", PhaseMetadata.MaxBytes - Member("a", 8_000).Length - Member("b", 0).Length + 2));
        var fitting = Json(Member("b", PhaseMetadata.MaxBytes - Member("a", 8_000).Length - Member("b", 0).Length + 1));
        var metric = new RunPhaseMetric(stored);
        var before = Stored.Of(metric);

        foreach (var fact in new[] { Open, Closed })
        {
            var error = metric.Apply(fact with { Metadata = tooLarge }).Rejection.ShouldNotBeNull().Errors.ShouldHaveSingleItem();
            error.Field.ShouldBe("metadata");
            error.Message.ShouldStartWith("""metadata is '{"b":"xxx""");
            error.Message.ShouldEndWith("accepted: members that make at most 16384 bytes together with those recorded.");
            Stored.Of(metric).ShouldBe(before);
        }

        metric.Apply(Open with { Metadata = fitting }).ShouldBe(FactResult.Updated);
        metric.ToRecord().Metadata!.Value.GetRawText().Length.ShouldBe(PhaseMetadata.MaxBytes);
    }

    [Test]
    public void Apply_what_was_taken_in_before_is_unchanged() => Facts.Array[1, 7].Sample(facts =>
    {
        var metric = new RunPhaseMetric(facts[0]);
        var taken = facts.Skip(1).Where(fact => metric.Apply(fact).Rejection is null).Prepend(facts[0]).ToList();
        var before = Stored.Of(metric);

        taken.ShouldAllBe(fact => metric.Apply(fact) == FactResult.Unchanged);
        Stored.Of(metric).ShouldBe(before);
    });

    [Test]
    public void Apply_any_fact_changes_the_phase_exactly_when_it_is_updated() => Facts.Array[2, 7].Sample(facts =>
    {
        var metric = new RunPhaseMetric(facts[0]);
        foreach (var fact in facts.Skip(1))
        {
            var before = Stored.Of(metric);
            var result = metric.Apply(fact);
            var after = Stored.Of(metric);

            (after != before).ShouldBe(result == FactResult.Updated);

            // Forward only: once closed nothing changes, and an open phase changes in its end and metadata alone.
            (before.Record.Outcome is null || after == before).ShouldBeTrue();
            (before.Record with { EndedAt = after.Record.EndedAt, DurationSeconds = after.Record.DurationSeconds, Outcome = after.Record.Outcome })
                .ShouldBe(after.Record);
            var added = result == FactResult.Updated ? Stored.NamesIn(fact.Metadata) : [];
            after.MemberNames.ShouldBe(before.MemberNames.Union(added, StringComparer.Ordinal), ignoreOrder: true);
            (after.Record.EndedAt is null).ShouldBe(after.Record.DurationSeconds is null);
        }
    });

    [Test]
    public void Apply_facts_that_agree_in_any_order_give_the_same_phase()
    {
        // The end says all members, since what an open fact adds comes too late behind it.
        var truth = new[]
        {
            Open with { Metadata = null },
            Open,
            Open with { Metadata = Json("""{"b":2}""") },
            Open with { StartedAt = Start.AddTicks(7), Metadata = Json("""{"b":2,"a":1}""") },
            Closed with { Metadata = Json("""{"a":1,"b":2,"c":3}""") },
        };

        Gen.Shuffle(truth).Sample(facts =>
        {
            var metric = new RunPhaseMetric(facts[0]);
            facts.Skip(1).ShouldAllBe(fact => metric.Apply(fact).Rejection == null);

            (Stored.Of(metric) with { Metadata = null }).ShouldBe(ClosedMetric with { Metadata = null });
            JsonElement.DeepEquals(metric.Metadata!.Value, Json("""{"a":1,"b":2,"c":3}""")).ShouldBeTrue();
        });
    }

    private static IEnumerable<TestCaseData> NewPhases()
    {
        TestCaseData Row(string what, PhaseMetricFact fact, Stored stored) => new TestCaseData(fact, stored).SetArgDisplayNames(what);

        Stored Lasting(int milliseconds, int seconds) => Closing(Start.AddMilliseconds(milliseconds), seconds, PhaseOutcome.Success);

        yield return Row("open", Open, OpenMetric);
        yield return Row("no iteration: the first", Open with { Iteration = null }, OpenMetric with { Record = OpenMetric.Record with { Iteration = 1 } });
        yield return Row("iteration 1", Open with { Iteration = 1 }, OpenMetric with { Record = OpenMetric.Record with { Iteration = 1 } });
        yield return Row("no metadata", Open with { Metadata = null }, OpenMetric with { Metadata = null });
        yield return Row("metadata in compact form", Open with { Metadata = Json("""{ "a" : "\u00e9" }""") }, OpenMetric with { Metadata = """{"a":"é"}""" });
        yield return Row("start cut to the millisecond", Open with { StartedAt = Start.AddTicks(9_999) }, OpenMetric);
        yield return Row("start of another offset", Open with { StartedAt = Start.ToOffset(TimeSpan.FromHours(5)) }, OpenMetric);
        yield return Row("closed", Closed, ClosedMetric);
        yield return Row("end cut to the millisecond", Closed with { EndedAt = End.AddTicks(9_999) }, ClosedMetric);
        yield return Row("the duration given counts", Closed with { DurationSeconds = 7 }, Closing(End, 7, PhaseOutcome.Success));
        yield return Row("no time at all", Closed with { EndedAt = Start, DurationSeconds = 0 }, Lasting(0, 0));
        yield return Row("duration computed", Closed with { DurationSeconds = null }, ClosedMetric);
        yield return Row("less than half a second down", Computed(Start, Start.AddMilliseconds(1_499)), Lasting(1_499, 1));
        yield return Row("half a second up", Computed(Start, Start.AddMilliseconds(1_500)), Lasting(1_500, 2));
        yield return Row(
            "between the instants as they are stored", Computed(Start.AddTicks(9_999), Start.AddMilliseconds(1_500).AddTicks(5)), Lasting(1_500, 2));
        yield return Row("end unknown", ClosedWithUnknownEnd, Closing(null, null, PhaseOutcome.Success));
    }

    private static PhaseMetricFact Computed(DateTimeOffset startedAt, DateTimeOffset endedAt) =>
        Closed with { StartedAt = startedAt, EndedAt = endedAt, DurationSeconds = null };

    private static IEnumerable<TestCaseData> InvalidPhases()
    {
        TestCaseData Row(PhaseMetricFact fact, string reason) => new TestCaseData(fact, reason).SetArgDisplayNames(reason);

        yield return Row(Open with { Id = "" }, "A phase metric has a Id");
        yield return Row(Open with { RunId = null }, "A phase metric has a RunId");
        yield return Row(Open with { Phase = null }, "A phase metric has a Phase");
        yield return Row(Closed with { Outcome = "" }, "A phase metric has a Outcome");
        yield return Row(Open with { Iteration = 0 }, "must be greater than or equal to '1'");
        yield return Row(Open with { StartedAt = null }, "A phase has a start");
        yield return Row(Open with { EndedAt = End }, "A phase that has ended has an outcome");
        yield return Row(Open with { DurationSeconds = 0 }, "A phase that has ended has an outcome");
        yield return Row(Closed with { EndedAt = Start.AddTicks(-1) }, "A phase does not end before it starts");
        yield return Row(Closed with { DurationSeconds = -1 }, "A phase does not take less than no time");
    }

    private static IEnumerable<TestCaseData> FactsThatAddNothing()
    {
        TestCaseData Row(string what, PhaseMetricFact stored, PhaseMetricFact fact) => new TestCaseData(stored, fact).SetArgDisplayNames(what);

        yield return Row("open phase, the same", Open, Open);
        yield return Row("open phase, nothing at all", Open, NothingSaid);
        yield return Row("open phase, no iteration", Open, Open with { Iteration = null });
        yield return Row("open phase, fewer members", Open with { Metadata = Json("""{"a":1,"b":2}""") }, Open);
        yield return Row("open phase, no members", Open, Open with { Metadata = Json("{}") });
        yield return Row("open phase without metadata, none", Open with { Metadata = null }, NothingSaid);
        yield return Row("open phase, start within the millisecond", Open, Open with { StartedAt = Start.AddTicks(9_999) });
        yield return Row("open phase, start of another offset", Open, Open with { StartedAt = Start.ToOffset(TimeSpan.FromHours(-8)) });
        yield return Row("closed phase, open: overtaken", Closed, Open);
        yield return Row("closed phase, open with other members: overtaken", Closed, Open with { Metadata = Json("""{"a":2,"b":3}""") });
        yield return Row("closed phase, nothing at all: overtaken", Closed, NothingSaid);
        yield return Row("closed phase, the same end", Closed, Closed);
        yield return Row("closed phase, end within the millisecond", Closed, Closed with { EndedAt = End.AddTicks(9_999) });
        yield return Row("closed phase, duration left out", Closed, Closed with { DurationSeconds = null });
        yield return Row("closed phase, end left out", Closed, ClosedWithUnknownEnd);
        yield return Row("closed phase, its outcome alone", Closed, NothingSaid with { Outcome = "success" });
        yield return Row("closed phase, metadata left out", Closed, Closed with { Metadata = null });
        yield return Row("closed phase, fewer members", Closed with { Metadata = Json("""{"b":2,"a":1}""") }, Closed);
        yield return Row("closed phase, members written otherwise", Closed, Closed with { Metadata = Json("""{"a":1.0}""") });
        yield return Row("closed phase of unknown end, the same", ClosedWithUnknownEnd, ClosedWithUnknownEnd);
    }

    private static IEnumerable<TestCaseData> Updates()
    {
        TestCaseData Row(string what, PhaseMetricFact stored, PhaseMetricFact fact, Stored expected) =>
            new TestCaseData(stored, fact, expected).SetArgDisplayNames(what);

        const string Both = """{"a":1,"b":{"c":[2]}}""";
        var newMember = Json("""{"b":{"c":[2]}}""");
        yield return Row("open phase, a new member", Open, Open with { Metadata = newMember }, OpenMetric with { Metadata = Both });
        yield return Row("open phase, the first members", Open with { Metadata = null }, Open, OpenMetric);
        yield return Row("open phase, a new member alone", Open, NothingSaid with { Metadata = newMember }, OpenMetric with { Metadata = Both });
        yield return Row("open phase, its end", Open, Closed, ClosedMetric);
        yield return Row("open phase, its end alone", Open, NothingSaid with { Outcome = "success", EndedAt = End }, ClosedMetric);
        yield return Row("open phase, unknown end", Open, ClosedWithUnknownEnd, Closing(null, null, PhaseOutcome.Success));
        yield return Row("open phase, a verdict", Open, Closed with { Outcome = "approved" }, Closing(End, 90, PhaseOutcome.Approved));
        yield return Row("open phase, end and a new member", Open, Closed with { Metadata = newMember }, ClosedMetric with { Metadata = Both });
        yield return Row(
            "open phase, end and another value", Open, Closed with { Metadata = Json("""{"a":2}""") }, ClosedMetric with { Metadata = """{"a":2}""" });
        yield return Row("open phase, end and the first members", Open with { Metadata = null }, Closed, ClosedMetric);
        yield return Row("open phase, end without metadata", Open, Closed with { Metadata = null }, ClosedMetric);
    }

    private static IEnumerable<TestCaseData> Conflicts()
    {
        TestCaseData Row(string what, PhaseMetricFact stored, PhaseMetricFact fact, params string[] errors) =>
            new TestCaseData(stored, fact, errors).SetArgDisplayNames(what);

        const string Run = "run_id is 'run-2'; accepted: 'run-1', as recorded.";
        const string Phase = "phase is 'merge'; accepted: 'reviewer', as recorded.";
        const string Iteration = "iteration is '2'; accepted: '3', as recorded.";
        const string StartedAt = "started_at is '2026-01-12T09:00:00.001Z'; accepted: '2026-01-12T09:00:00.000Z', as recorded.";
        const string EndedAt = "ended_at is '2026-01-12T09:01:30.001Z'; accepted: '2026-01-12T09:01:30.000Z', as recorded.";
        const string Duration = "duration_seconds is '91'; accepted: '90', as recorded.";
        const string Outcome = "outcome is 'failed'; accepted: 'success', as recorded.";
        const string OpenMetadata = """metadata is '{"a":2,"b":3}'; accepted: members that agree with {"a":1}, as recorded.""";
        const string ClosedMetadata = """metadata is '{"a":2,"b":3}'; accepted: {"a":1}, as recorded, or a part of it.""";

        var later = Start.AddMilliseconds(1);
        var otherMetadata = Json("""{"a":2,"b":3}""");
        PhaseMetricFact Other(PhaseMetricFact fact) => fact with { RunId = "run-2", Phase = "merge", Iteration = 2, StartedAt = later };

        foreach (var (stored, fact) in new[] { (Open, Open), (Open, Closed), (Closed, Open), (Closed, Closed) })
        {
            var states = $"{stored.Outcome ?? "open"}, {fact.Outcome ?? "open"}";
            yield return Row($"{states}, other run", stored, fact with { RunId = "run-2" }, Run);
            yield return Row($"{states}, other phase", stored, fact with { Phase = "merge" }, Phase);
            yield return Row($"{states}, other iteration", stored, fact with { Iteration = 2 }, Iteration);
            yield return Row($"{states}, other start", stored, fact with { StartedAt = later }, StartedAt);
            yield return Row($"{states}, another phase metric", stored, Other(fact), Run, Phase, Iteration, StartedAt);
        }

        yield return Row("open, other value of a member", Open, Open with { Metadata = otherMetadata }, OpenMetadata);
        yield return Row("open, everything other", Open, Other(Open) with { Metadata = otherMetadata }, Run, Phase, Iteration, StartedAt, OpenMetadata);
        yield return Row("closed, other outcome", Closed, Closed with { Outcome = "failed" }, Outcome);
        yield return Row("closed, other outcome alone", Closed, NothingSaid with { Outcome = "failed" }, Outcome);
        yield return Row("closed, other end", Closed, Closed with { EndedAt = End.AddMilliseconds(1) }, EndedAt);
        yield return Row("closed, other duration", Closed, Closed with { DurationSeconds = 91 }, Duration);
        yield return Row("closed, other value of a member", Closed, Closed with { Metadata = otherMetadata }, ClosedMetadata);
        yield return Row(
            "closed, a new member",
            Closed,
            Closed with { Metadata = Json("""{"b":3}""") },
            """metadata is '{"b":3}'; accepted: {"a":1}, as recorded, or a part of it.""");
        yield return Row(
            "closed without metadata, a member",
            Closed with { Metadata = null },
            Closed,
            """metadata is '{"a":1}'; accepted: null, as recorded, or a part of it.""");
        yield return Row(
            "closed, unknown end becomes known",
            ClosedWithUnknownEnd,
            Closed,
            "ended_at is '2026-01-12T09:01:30.000Z'; accepted: 'unknown', as recorded.",
            "duration_seconds is '90'; accepted: 'unknown', as recorded.");
        yield return Row(
            "closed, everything other",
            Closed,
            Other(Closed) with { Outcome = "failed", EndedAt = End.AddMilliseconds(1), DurationSeconds = 91, Metadata = otherMetadata },
            Run, Phase, Iteration, StartedAt, Outcome, EndedAt, Duration, ClosedMetadata);
    }

    private static Stored Closing(DateTimeOffset? endedAt, int? durationSeconds, PhaseOutcome outcome) =>
        OpenMetric with { Record = OpenMetric.Record with { EndedAt = endedAt, DurationSeconds = durationSeconds, Outcome = outcome } };

    /// <summary>Metadata that another program has stored, as EF Core sets it.</summary>
    private static void StoreMetadata(RunPhaseMetric metric, string json) =>
        typeof(RunPhaseMetric).GetProperty(nameof(RunPhaseMetric.Metadata))!.SetValue(metric, PhaseMetadata.Parse(json));

    private static string Member(string name, int length) => $$"""{"{{name}}":"{{new string('x', length)}}"}""";

    private static JsonElement Json(string json) => SampleFacts.Json(json);

    /// <summary>What is stored of a phase, comparable: metadata apart, as its text.</summary>
    public sealed record Stored(PhaseMetricRecord Record, string? Metadata)
    {
        internal IEnumerable<string> MemberNames => NamesIn(Metadata is null ? null : Json(Metadata));

        internal static Stored Of(RunPhaseMetric metric) =>
            new(metric.ToRecord() with { Metadata = null }, metric.Metadata?.GetRawText());

        internal static IEnumerable<string> NamesIn(JsonElement? metadata) =>
            metadata is null ? [] : metadata.Value.EnumerateObject().Select(member => member.Name);
    }
}
