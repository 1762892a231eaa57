using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Runs;

/// <summary>How a stored run takes in another fact: the rows of the table in <c>docs/architecture.md</c>, and what follows from them.</summary>
[Category(TestCategories.Unit)]
public sealed class RunTests
{
    private static readonly DateTimeOffset Start = SampleFacts.Start;
    private static readonly DateTimeOffset End = Start.AddMinutes(30);

    /// <summary>The time of every call; not a whole millisecond, as no real clock is.</summary>
    private static readonly DateTimeOffset Now = Start.AddHours(1).AddTicks(9_999);

    private static readonly RunFact Running = SampleFacts.Run();
    private static readonly RunFact Ended = SampleFacts.EndedRun();
    private static readonly RunFact NothingSaid = new() { Id = Running.Id };

    private static readonly RunRecord RunningRecord = new("run-1", "bop", "032", RunStatus.Running, 1, Start, null, 0, null);
    private static readonly RunRecord EndedRecord = RunningRecord with { Status = RunStatus.Succeeded, EndedAt = End };

    /// <summary>Valid facts about one run, of so few values that they meet, agree and contradict each other.</summary>
    private static readonly Gen<RunFact> Facts =
        from project in Gen.Frequency((8, "bop"), (1, null), (1, "other"))
        from workOrder in Gen.Frequency((8, "032"), (1, null), (1, "033"))
        from startedAt in Gen.Frequency((8, (DateTimeOffset?)Start), (1, Start.AddTicks(9_999)), (1, null), (1, Start.AddMilliseconds(1)))
        from status in Gen.OneOf(null, "running", "succeeded", "failed", "cancelled")
        from endedAt in Gen.OneOf<DateTimeOffset?>(null, End, End.AddTicks(1), End.AddMilliseconds(1))
        select Running with
        {
            ProjectId = project,
            WorkOrderId = workOrder,
            StartedAt = startedAt,
            Status = status,
            EndedAt = status is null or "running" ? null : endedAt,
        };

    private static readonly Gen<RunFact> FirstFacts =
        Facts.Select(fact => fact with { ProjectId = fact.ProjectId ?? "bop", WorkOrderId = fact.WorkOrderId ?? "032" });

    [TestCaseSource(nameof(NewRuns))]
    public void Create_nothing_stored_is_created(RunFact fact, RunRecord stored)
    {
        var result = Run.Create(fact, Now, out var run);

        result.ShouldBe(FactResult.Created);
        run.ShouldNotBeNull().ToRecord(totalSeconds: 0, RunLabels.None).ShouldBe(stored);
    }

    [Test]
    public void Create_an_end_before_the_call_and_no_start_is_refused_because_it_cannot_have_started_with_the_call()
    {
        var result = Run.Create(Ended with { StartedAt = null }, Now, out var run);

        run.ShouldBeNull();
        var rejection = result.Rejection.ShouldNotBeNull();
        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        rejection.Errors.ShouldHaveSingleItem().ShouldBe(
            new FactError("started_at", "started_at is missing; accepted: an instant at or before ended_at, 2026-01-12T09:30:00.000Z."));
    }

    [TestCaseSource(nameof(InvalidRuns))]
    public void Create_what_a_validator_should_have_refused_throws(RunFact fact, string reason) =>
        Should.Throw<ArgumentException>(() => Run.Create(fact, Now, out _)).Message.ShouldContain(reason);

    [TestCaseSource(nameof(FactsThatAddNothing))]
    public void Apply_what_adds_nothing_is_unchanged(RunFact stored, RunFact fact)
    {
        var run = Stored(stored);
        var before = run.ToRecord(0, RunLabels.None);

        run.Apply(fact, Now, RunLabels.None).ShouldBe(FactResult.Unchanged);

        run.ToRecord(0, RunLabels.None).ShouldBe(before);
    }

    [TestCaseSource(nameof(Ends))]
    public void Apply_a_final_status_to_a_running_run_ends_it(RunFact fact, RunStatus status, DateTimeOffset endedAt)
    {
        var run = Stored(Running);

        run.Apply(fact, Now, RunLabels.None).ShouldBe(FactResult.Updated);

        run.ToRecord(0, RunLabels.None).ShouldBe(RunningRecord with { Status = status, EndedAt = endedAt });
    }

    [Test]
    public void Apply_a_final_status_without_an_end_before_the_start_ends_as_it_starts()
    {
        var run = Stored(Running);

        run.Apply(Ended with { EndedAt = null }, Start.AddTicks(-1), RunLabels.None).ShouldBe(FactResult.Updated);

        run.ToRecord(0, RunLabels.None).EndedAt.ShouldBe(Start);
    }

    [TestCaseSource(nameof(Conflicts))]
    public void Apply_a_contradiction_is_a_conflict_that_names_all_of_it_and_changes_nothing(RunFact stored, RunFact fact, string[] errors)
    {
        var run = Stored(stored);
        var before = run.ToRecord(0, RunLabels.None);

        var rejection = run.Apply(fact, Now, RunLabels.None).Rejection.ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Errors.Select(error => error.Message).ShouldBe(errors, ignoreOrder: true);
        run.ToRecord(0, RunLabels.None).ShouldBe(before);
    }

    [Test]
    public void Apply_labels_to_a_running_run_is_updated_by_new_ones_alone()
    {
        var run = Stored(Running);

        run.Apply(Running with { Labels = Labels("model=opus") }, Now, RunLabels.None).ShouldBe(FactResult.Updated);
        run.Apply(Running with { Labels = Labels("model=opus") }, Now, Labels("model=opus")).ShouldBe(FactResult.Unchanged);
        run.Apply(Running with { Labels = RunLabels.None }, Now, Labels("model=opus")).ShouldBe(FactResult.Unchanged);
        run.Apply(Running, Now, Labels("model=opus")).ShouldBe(FactResult.Unchanged);
        run.Apply(Ended with { Labels = Labels("size=s") }, Now, Labels("model=opus")).ShouldBe(FactResult.Updated);
    }

    [Test]
    public void Apply_labels_to_an_ended_run_takes_only_those_it_has()
    {
        var run = Stored(Ended);

        run.Apply(Running with { Labels = Labels("model=opus") }, Now, Labels("model=opus", "size=s")).ShouldBe(FactResult.Unchanged);
        run.Apply(Ended with { Labels = Labels("model=opus") }, Now, Labels("model=opus", "size=s")).ShouldBe(FactResult.Unchanged);
        run.Apply(Ended with { Labels = Labels("agent=a", "size=s") }, Now, Labels("size=s")).Rejection.ShouldNotBeNull().Errors.ShouldBe(
            [new FactError("labels", "labels is 'agent'; accepted: labels that were recorded before the run ended.")]);
    }

    [Test]
    public void Apply_another_value_of_a_label_is_a_conflict_and_does_not_end_the_run()
    {
        var run = Stored(Running);

        var rejection = run.Apply(Ended with { Labels = Labels("model=haiku") }, Now, Labels("model=opus")).Rejection.ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Message.ShouldBe("labels.model is 'haiku'; accepted: 'opus', as recorded.");
        run.Status.ShouldBe(RunStatus.Running);
    }

    [Test]
    public void Apply_more_labels_than_a_run_may_have_is_a_conflict()
    {
        var run = Stored(Running);
        var recorded = Labels([.. Enumerable.Range(0, 15).Select(number => $"label-{number}=x")]);

        run.Apply(Running with { Labels = Labels("a=1") }, Now, recorded).ShouldBe(FactResult.Updated);
        run.Apply(Running with { Labels = Labels("a=1", "b=1") }, Now, recorded).Rejection.ShouldNotBeNull().Message.ShouldBe(
            "labels is 'a, b'; accepted: at most 16 labels of a run; it has 15.");
    }

    [Test]
    public void Apply_what_was_taken_in_before_is_unchanged() => Gen.Select(FirstFacts, Facts.Array[0, 6]).Sample((first, facts) =>
    {
        if (Run.Create(first, Now, out var run).Rejection is not null)
        {
            return;
        }

        var taken = facts.Where(fact => run!.Apply(fact, Now, RunLabels.None).Rejection is null).Prepend(first).ToList();
        var before = run!.ToRecord(0, RunLabels.None);

        taken.ShouldAllBe(fact => run.Apply(fact, Now.AddMinutes(1), RunLabels.None) == FactResult.Unchanged);
        run.ToRecord(0, RunLabels.None).ShouldBe(before);
    });

    [Test]
    public void Apply_any_fact_changes_the_run_exactly_when_it_is_updated() => Gen.Select(FirstFacts, Facts.Array[1, 6]).Sample((first, facts) =>
    {
        if (Run.Create(first, Now, out var run).Rejection is not null)
        {
            return;
        }

        foreach (var fact in facts)
        {
            var before = run!.ToRecord(0, RunLabels.None);
            var result = run.Apply(fact, Now, RunLabels.None);
            var after = run.ToRecord(0, RunLabels.None);

            (after != before).ShouldBe(result == FactResult.Updated);

            // Forward only: all that ever changes is the end of a run that has none.
            after.ShouldBe(before with { Status = after.Status, EndedAt = after.EndedAt });
            (before.EndedAt is null || after == before).ShouldBeTrue();
            (after.Status == RunStatus.Running).ShouldBe(after.EndedAt is null);
        }
    });

    [Test]
    public void Apply_facts_of_one_truth_in_any_order_give_the_same_run()
    {
        var truth = new[] { Running, Running with { Status = null }, Ended, Ended with { StartedAt = Start.AddTicks(5) } };

        Gen.Shuffle(truth).Sample(facts =>
        {
            var run = Stored(facts[0]);
            facts.Skip(1).ShouldAllBe(fact => run.Apply(fact, Now, RunLabels.None).Rejection == null);

            run.ToRecord(0, RunLabels.None).ShouldBe(EndedRecord);
        });
    }

    [Test]
    public void SeeIteration_any_sequence_keeps_the_highest_and_tells_when_it_grew()
    {
        var run = Stored(Running);
        IEnumerable<int> iterations = [1, 3, 2, 3, 1, 4];

        iterations.Select(run.SeeIteration).ShouldBe([false, true, false, false, false, true]);

        run.ToRecord(0, RunLabels.None).Iteration.ShouldBe(4);
    }

    [Test]
    public void SeeIteration_below_one_throws() => Should.Throw<ArgumentOutOfRangeException>(() => Stored(Running).SeeIteration(0));

    [Test]
    public void ToRecord_the_sum_of_the_durations_is_part_of_it() =>
        Stored(Ended).ToRecord(totalSeconds: 7, RunLabels.None).ShouldBe(EndedRecord with { TotalSeconds = 7 });

    private static IEnumerable<TestCaseData> NewRuns()
    {
        TestCaseData Row(string what, RunFact fact, RunRecord stored) => new TestCaseData(fact, stored).SetArgDisplayNames(what);

        var now = Start.AddHours(1);
        yield return Row("running", Running, RunningRecord);
        yield return Row("no status", Running with { Status = null }, RunningRecord);
        yield return Row("no start", Running with { StartedAt = null }, RunningRecord with { StartedAt = now });
        yield return Row("start cut to the millisecond", Running with { StartedAt = Start.AddTicks(9_999) }, RunningRecord);
        yield return Row("start of another offset", Running with { StartedAt = Start.ToOffset(TimeSpan.FromHours(5)) }, RunningRecord);
        yield return Row("succeeded", Ended, EndedRecord);
        yield return Row("failed", Ended with { Status = "failed" }, EndedRecord with { Status = RunStatus.Failed });
        yield return Row("cancelled", Ended with { Status = "cancelled" }, EndedRecord with { Status = RunStatus.Cancelled });
        yield return Row("end cut to the millisecond", Ended with { EndedAt = End.AddTicks(9_999) }, EndedRecord);
        yield return Row("ends as it starts", Ended with { EndedAt = Start }, EndedRecord with { EndedAt = Start });
        yield return Row("final without an end", Ended with { EndedAt = null }, EndedRecord with { EndedAt = now });
        yield return Row(
            "final without an end, starting ahead of the clock",
            Ended with { StartedAt = now.AddMinutes(1), EndedAt = null },
            EndedRecord with { StartedAt = now.AddMinutes(1), EndedAt = now.AddMinutes(1) });
        yield return Row("no start, ends with the call", Ended with { StartedAt = null, EndedAt = now }, EndedRecord with { StartedAt = now, EndedAt = now });
        yield return Row(
            "no start, ends after the call",
            Ended with { StartedAt = null, EndedAt = now.AddMinutes(1) },
            EndedRecord with { StartedAt = now, EndedAt = now.AddMinutes(1) });
    }

    private static IEnumerable<TestCaseData> InvalidRuns()
    {
        TestCaseData Row(RunFact fact, string reason) => new TestCaseData(fact, reason).SetArgDisplayNames(reason);

        yield return Row(Running with { Id = null }, "A run has a Id");
        yield return Row(Running with { ProjectId = "" }, "A run has a ProjectId");
        yield return Row(Running with { WorkOrderId = null }, "A run has a WorkOrderId");
        yield return Row(Running with { EndedAt = End }, "A run that is running has not ended");
        yield return Row(
            Ended with { EndedAt = Start.AddMilliseconds(-1) },
            "The run would end at 2026-01-12T08:59:59.999Z, before it starts at 2026-01-12T09:00:00.000Z");
    }

    private static IEnumerable<TestCaseData> FactsThatAddNothing()
    {
        TestCaseData Row(string what, RunFact stored, RunFact fact) => new TestCaseData(stored, fact).SetArgDisplayNames(what);

        yield return Row("running run, running", Running, Running);
        yield return Row("running run, nothing of its status", Running, Running with { Status = null });
        yield return Row("running run, nothing at all", Running, NothingSaid);
        yield return Row("running run, start within the millisecond", Running, Running with { StartedAt = Start.AddTicks(9_999) });
        yield return Row("running run, start of another offset", Running, Running with { StartedAt = Start.ToOffset(TimeSpan.FromHours(-8)) });
        yield return Row("ended run, running: overtaken", Ended, Running);
        yield return Row("ended run, nothing of its status: overtaken", Ended, Running with { Status = null });
        yield return Row("ended run, nothing at all: overtaken", Ended, NothingSaid);
        yield return Row("ended run, the same end", Ended, Ended);
        yield return Row("ended run, end within the millisecond", Ended, Ended with { EndedAt = End.AddTicks(9_999) });
        yield return Row("ended run, end of another offset", Ended, Ended with { EndedAt = End.ToOffset(TimeSpan.FromHours(1)) });
        yield return Row("ended run, its status without the end", Ended, Ended with { EndedAt = null });
        yield return Row("ended run, its status alone", Ended, NothingSaid with { Status = "succeeded" });
    }

    private static IEnumerable<TestCaseData> Ends()
    {
        TestCaseData Row(string what, RunFact fact, RunStatus status, DateTimeOffset endedAt) =>
            new TestCaseData(fact, status, endedAt).SetArgDisplayNames(what);

        yield return Row("succeeded", Ended, RunStatus.Succeeded, End);
        yield return Row("failed", Ended with { Status = "failed" }, RunStatus.Failed, End);
        yield return Row("cancelled", Ended with { Status = "cancelled" }, RunStatus.Cancelled, End);
        yield return Row("end cut to the millisecond", Ended with { EndedAt = End.AddTicks(9_999) }, RunStatus.Succeeded, End);
        yield return Row("nothing said but the end", NothingSaid with { Status = "failed", EndedAt = End }, RunStatus.Failed, End);
        yield return Row("no end: that of the call", NothingSaid with { Status = "failed" }, RunStatus.Failed, Start.AddHours(1));
        yield return Row("ends as it starts", NothingSaid with { Status = "failed", EndedAt = Start }, RunStatus.Failed, Start);
    }

    private static IEnumerable<TestCaseData> Conflicts()
    {
        TestCaseData Row(string what, RunFact stored, RunFact fact, params string[] errors) =>
            new TestCaseData(stored, fact, errors).SetArgDisplayNames(what);

        const string Project = "project_id is 'Bop'; accepted: 'bop', as recorded.";
        const string WorkOrder = "work_order_id is '033'; accepted: '032', as recorded.";
        const string StartedAt = "started_at is '2026-01-12T09:00:00.001Z'; accepted: '2026-01-12T09:00:00.000Z', as recorded.";
        const string Status = "status is 'failed'; accepted: 'succeeded', as recorded.";
        const string EndedAt = "ended_at is '2026-01-12T09:30:00.001Z'; accepted: '2026-01-12T09:30:00.000Z', as recorded.";

        RunFact Other(RunFact fact) => fact with { ProjectId = "Bop", WorkOrderId = "033", StartedAt = Start.AddMilliseconds(1) };

        foreach (var stored in new[] { Running, Ended })
        {
            foreach (var fact in new[] { Running, Ended })
            {
                yield return Row($"{stored.Status}, {fact.Status}, other project", stored, fact with { ProjectId = "Bop" }, Project);
                yield return Row($"{stored.Status}, {fact.Status}, other work order", stored, fact with { WorkOrderId = "033" }, WorkOrder);
                yield return Row($"{stored.Status}, {fact.Status}, other start", stored, fact with { StartedAt = Start.AddMilliseconds(1) }, StartedAt);
                yield return Row($"{stored.Status}, {fact.Status}, another run", stored, Other(fact), Project, WorkOrder, StartedAt);
            }
        }

        yield return Row("ended, other status", Ended, Ended with { Status = "failed" }, Status);
        yield return Row("ended, other status without the end", Ended, NothingSaid with { Status = "failed" }, Status);
        yield return Row("ended, other end", Ended, Ended with { EndedAt = End.AddMilliseconds(1) }, EndedAt);
        yield return Row(
            "ended, everything other",
            Ended,
            Other(Ended) with { Status = "failed", EndedAt = End.AddMilliseconds(1) },
            Project, WorkOrder, StartedAt, Status, EndedAt);
        yield return Row(
            "running, ends before it starts",
            Running,
            NothingSaid with { ProjectId = "Bop", Status = "failed", EndedAt = Start.AddTicks(-1) },
            Project,
            "ended_at is '2026-01-12T08:59:59.999Z'; accepted: an instant at or after the start, 2026-01-12T09:00:00.000Z.");
    }

    private static SortedDictionary<string, string> Labels(params string[] labels) =>
        new(labels.Select(label => label.Split('=')).ToDictionary(label => label[0], label => label[1], StringComparer.Ordinal), StringComparer.Ordinal);

    private static Run Stored(RunFact fact)
    {
        Run.Create(fact, Now, out var run).ShouldBe(FactResult.Created);
        return run.ShouldNotBeNull();
    }
}
