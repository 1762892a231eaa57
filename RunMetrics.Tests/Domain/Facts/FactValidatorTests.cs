using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

/// <summary>What could not be read beside what breaks a rule.</summary>
[Category(TestCategories.Unit)]
public sealed class FactValidatorTests
{
    private static readonly FactValidator Validator = new(new FakeTimeProvider(TestDatabase.Now));

    [Test]
    public void Validate_readable_and_valid_is_no_refusal() => Validator.Validate(SampleFacts.Read(SampleFacts.Run()), FactStrictness.Live).ShouldBeNull();

    [Test]
    public void Validate_no_fact_at_all_is_unreadable()
    {
        var reading = FactReading.Unreadable("line", "x", "a fact") with { OmittedErrors = 2 };

        var rejection = Validator.Validate(reading, FactStrictness.Live).ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Unreadable);
        rejection.Errors.ShouldBe([new FactError("line", "x", "a fact")]);
        rejection.OmittedErrors.ShouldBe(2);
    }

    [Test]
    public void Validate_a_valid_fact_with_a_field_that_was_unreadable_is_invalid()
    {
        FactError[] unreadable = [new("color", "red", "no such field")];

        var rejection = Validator.Validate(new FactReading(SampleFacts.Run(), unreadable), FactStrictness.Live).ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        rejection.Errors.ShouldBe(unreadable);
    }

    [Test]
    public void Validate_a_field_that_could_not_be_read_is_reported_once_behind_the_broken_rules_of_the_others()
    {
        var fact = SampleFacts.Run() with { ProjectId = null, WorkOrderId = "" };

        var rejection = Validator.Validate(new FactReading(fact, [new FactError("project_id", "1", "text")]), FactStrictness.Live).ShouldNotBeNull();

        rejection.Errors.Select(error => error.Field).ShouldBe(["work_order_id", "project_id"]);
        rejection.OmittedErrors.ShouldBe(0);
    }

    [Test]
    public void Validate_more_errors_than_are_listed_counts_all_of_them()
    {
        var unreadable = Enumerable.Range(0, 20).Select(number => new FactError($"f{number}", "x")).ToArray();
        var reading = new FactReading(SampleFacts.Run() with { Id = null, WorkOrderId = "" }, unreadable) { OmittedErrors = 7 };

        var rejection = Validator.Validate(reading, FactStrictness.Live).ShouldNotBeNull();

        rejection.Errors.Select(error => error.Field).ShouldBe(["id", "work_order_id", .. unreadable.Take(18).Select(error => error.Field)]);
        rejection.OmittedErrors.ShouldBe(9);
    }

    [Test]
    public void Validate_neither_fact_nor_errors_throws() =>
        Should.Throw<ArgumentException>(() => Validator.Validate(new FactReading(null, []), FactStrictness.Live))
            .Message.ShouldStartWith("A reading without a fact has errors.");
}
