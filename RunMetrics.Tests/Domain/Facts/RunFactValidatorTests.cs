using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class RunFactValidatorTests
{
    private const string Id = "1 to 128 of A-Z a-z 0-9 . _ : -";
    private const string ProjectId = "1 to 128 of A-Z a-z 0-9 . _ : / -";
    private const string Statuses = "running, succeeded, failed, cancelled";
    private const string Instant = "an instant with its offset, such as 2026-01-12T10:00:00.000Z";
    private const string Timely = "an instant not more than a day in the future";
    private const string NoEnd = "null while status is running";

    private static readonly DateTimeOffset LastAccepted = TestDatabase.Now.AddDays(1);
    private static readonly FactValidator Validator = new(new FakeTimeProvider(TestDatabase.Now));

    [TestCaseSource(nameof(BrokenRuns))]
    public void Validate_one_rule_broken_is_refused_with_field_value_and_what_is_accepted(RunFact fact, string field, string? value, string accepted)
    {
        var rejection = Validator.Validate(fact, FactStrictness.Live).ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        rejection.Errors.ShouldHaveSingleItem().ShouldBe(new FactError(field, value, accepted));
    }

    [TestCaseSource(nameof(RunsAtTheEdge))]
    public void Validate_just_within_the_rules_is_valid(RunFact fact) => Validator.Validate(fact, FactStrictness.Live).ShouldBeNull();

    [TestCaseSource(nameof(IncompleteRuns))]
    public void Validate_what_does_not_stand_by_itself_is_valid_only_live(RunFact fact, string field, string accepted)
    {
        Validator.Validate(fact, FactStrictness.Live).ShouldBeNull();
        foreach (var strictness in new[] { FactStrictness.Complete, FactStrictness.OwnClock })
        {
            Validator.Validate(fact, strictness).ShouldNotBeNull().Errors.ShouldHaveSingleItem().ShouldBe(new FactError(field, null, accepted));
        }
    }

    [TestCase("", "opus", "labels is ''; accepted: names of 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("my model", "opus", "labels is 'my model'; accepted: names of 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("model", "", "labels.model is ''; accepted: 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("model", "a\0b", "labels.model is 'a\0b'; accepted: 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("model", null, "labels.model is missing; accepted: 1 to 128 characters of valid Unicode without NUL.")]
    public void Validate_a_label_that_breaks_a_rule_is_refused_by_name(string name, string? value, string message) => Validator
        .Validate(WithLabels((name, value!)), FactStrictness.Live).ShouldNotBeNull().Errors.ShouldHaveSingleItem().Message.ShouldBe(message);

    [Test]
    public void Validate_a_label_that_is_half_a_character_is_refused() =>
        Validator.Validate(WithLabels(("model", "a\ud800")), FactStrictness.Live).ShouldNotBeNull().Errors.ShouldHaveSingleItem().Field.ShouldBe("labels.model");

    [Test]
    public void Validate_labels_at_the_edges_are_counted_in_names_and_in_characters()
    {
        (string, string)[] sixteen = [.. Enumerable.Range(0, 16).Select(number => ($"label-{number}", "x"))];

        Validator.Validate(WithLabels(sixteen), FactStrictness.Live).ShouldBeNull();
        Validator.Validate(WithLabels([.. sixteen, ("one-more", "x")]), FactStrictness.Live).ShouldNotBeNull().Message.ShouldBe(
            "labels is '17 labels'; accepted: a JSON object of text to text with at most 16 names, or null.");
        Validator.Validate(WithLabels((new string('n', 128), string.Concat(Enumerable.Repeat("😀", 128)))), FactStrictness.Live).ShouldBeNull();
        Validator.Validate(WithLabels((new string('n', 129), "x"), ("y", new string('v', 129))), FactStrictness.Live).ShouldNotBeNull()
            .Errors.Select(error => error.Field).ShouldBe(["labels", "labels.y"]);
    }

    [Test]
    public void Validate_instants_of_our_own_clock_may_lie_ahead() => Validator.Validate(
        SampleFacts.EndedRun() with { StartedAt = LastAccepted.AddDays(1), EndedAt = LastAccepted.AddDays(1) }, FactStrictness.OwnClock).ShouldBeNull();

    [Test]
    public void Validate_everything_wrong_is_refused_with_all_of_it_at_once()
    {
        var rejection = Validator.Validate(
            new RunFact
            {
                Id = "a b",
                ProjectId = "",
                WorkOrderId = "a/b",
                Status = "Done",
                StartedAt = LastAccepted.AddDays(2),
                EndedAt = LastAccepted.AddDays(1),
            },
            FactStrictness.Live);

        rejection.ShouldNotBeNull().Errors.Select(error => error.Field).ShouldBe(
            ["id", "project_id", "work_order_id", "status", "started_at", "ended_at", "ended_at"], ignoreOrder: true);
    }

    private static IEnumerable<TestCaseData> BrokenRuns()
    {
        var run = SampleFacts.Run();
        var ended = SampleFacts.EndedRun();

        TestCaseData Broken(string what, RunFact fact, string field, string? value, string accepted) =>
            new TestCaseData(fact, field, value, accepted).SetArgDisplayNames(what);

        yield return Broken("no id", run with { Id = null }, "id", null, Id);
        yield return Broken("empty id", run with { Id = "" }, "id", "", Id);
        yield return Broken("id of 129", run with { Id = new string('a', 129) }, "id", new string('a', 129), Id);
        yield return Broken("slash in id", run with { Id = "a/b" }, "id", "a/b", Id);
        yield return Broken("half a character in id", run with { Id = "\ud800" }, "id", "\ud800", Id);
        yield return Broken("no project", run with { ProjectId = null }, "project_id", null, ProjectId);
        yield return Broken("space in project", run with { ProjectId = "a b" }, "project_id", "a b", ProjectId);
        yield return Broken("no work order", run with { WorkOrderId = null }, "work_order_id", null, Id);
        yield return Broken("slash in work order", run with { WorkOrderId = "a/b" }, "work_order_id", "a/b", Id);
        yield return Broken("other casing of status", run with { Status = "Running" }, "status", "Running", Statuses);
        yield return Broken("number as status", run with { Status = "0" }, "status", "0", Statuses);
        yield return Broken(
            "start too far ahead", run with { StartedAt = LastAccepted.AddTicks(1) }, "started_at", "2026-01-13T10:00:00.123Z", Timely);
        yield return Broken(
            "end too far ahead", ended with { EndedAt = LastAccepted.AddMilliseconds(1) }, "ended_at", "2026-01-13T10:00:00.124Z", Timely);
        yield return Broken(
            "end before start",
            ended with { EndedAt = SampleFacts.Start.AddTicks(-1) },
            "ended_at",
            "2026-01-12T08:59:59.999Z",
            "an instant at or after started_at (the run ends before it starts)");
        yield return Broken("running with an end", run with { EndedAt = SampleFacts.Start }, "ended_at", "2026-01-12T09:00:00.000Z", NoEnd);
        yield return Broken(
            "no status with an end", run with { Status = null, EndedAt = SampleFacts.Start }, "ended_at", "2026-01-12T09:00:00.000Z", NoEnd);
    }

    private static IEnumerable<TestCaseData> RunsAtTheEdge()
    {
        TestCaseData Valid(string what, RunFact fact) => new TestCaseData(fact).SetArgDisplayNames(what);

        var run = SampleFacts.Run();
        var ended = SampleFacts.EndedRun();
        yield return Valid("id of 128", run with { Id = new string('Z', 128) });
        yield return Valid("the whole alphabet", run with { Id = "Az09._:-", WorkOrderId = "Az09._:-" });
        yield return Valid("slash in project", run with { ProjectId = "owner/repo" });
        yield return Valid("start exactly a day ahead", run with { StartedAt = LastAccepted });
        yield return Valid("end exactly a day ahead", ended with { EndedAt = LastAccepted });
        yield return Valid("ends as it starts", ended with { EndedAt = SampleFacts.Start });
        yield return Valid("no start", ended with { StartedAt = null });
        yield return Valid("the first instant", run with { StartedAt = DateTimeOffset.MinValue });
        foreach (var status in new[] { "succeeded", "failed", "cancelled" })
        {
            yield return Valid(status, ended with { Status = status });
        }
    }

    private static RunFact WithLabels(params (string Name, string Value)[] labels) => SampleFacts.Run() with
    {
        Labels = labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal),
    };

    private static IEnumerable<TestCaseData> IncompleteRuns()
    {
        TestCaseData Incomplete(string what, RunFact fact, string field, string accepted) =>
            new TestCaseData(fact, field, accepted).SetArgDisplayNames(what);

        yield return Incomplete("no status", SampleFacts.Run() with { Status = null }, "status", Statuses);
        yield return Incomplete("no start", SampleFacts.Run() with { StartedAt = null }, "started_at", Instant);
        yield return Incomplete("final without end", SampleFacts.EndedRun() with { EndedAt = null }, "ended_at", $"{Instant}, as the status is final");
    }
}
