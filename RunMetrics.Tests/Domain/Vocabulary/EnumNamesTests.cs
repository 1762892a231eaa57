using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Vocabulary;

[Category(TestCategories.Unit)]
public sealed class EnumNamesTests
{
    private static readonly string[] Phases = ["setup", "builder", "test", "reviewer", "merge"];
    private static readonly string[] Outcomes = ["success", "failed", "changes_requested", "approved", "skipped"];
    private static readonly string[] Statuses = ["running", "succeeded", "failed", "cancelled"];
    private static readonly string[] Reasons = ["unreadable", "invalid", "unknown_run", "unknown_project", "conflict"];

    [Test]
    public void Name_of_every_member_is_in_their_order()
    {
        Enum.GetValues<RunPhase>().Select(phase => phase.Name()).ShouldBe(Phases);
        Enum.GetValues<PhaseOutcome>().Select(outcome => outcome.Name()).ShouldBe(Outcomes);
        Enum.GetValues<RunStatus>().Select(status => status.Name()).ShouldBe(Statuses);
        EnumNames.Of<FactRejectionReason>().Names.ShouldBe(Reasons);
        EnumNames.Of<RunPhase>().Names.ShouldBe(Phases);
        EnumNames.Of<PhaseOutcome>().Names.ShouldBe(Outcomes);
        EnumNames.Of<RunStatus>().Names.ShouldBe(Statuses);
    }

    [Test]
    public void Parse_name_of_every_member_is_the_member()
    {
        Enum.GetValues<RunPhase>().ShouldAllBe(phase => EnumNames.Of<RunPhase>().Parse(phase.Name()) == phase);
        Enum.GetValues<PhaseOutcome>().ShouldAllBe(outcome => EnumNames.Of<PhaseOutcome>().Parse(outcome.Name()) == outcome);
        Enum.GetValues<RunStatus>().ShouldAllBe(status => EnumNames.Of<RunStatus>().Parse(status.Name()) == status);
    }

    [Test]
    public void NameOf_no_member_throws()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => ((RunPhase)5).Name())
            .Message.ShouldStartWith("5 is not one of: setup, builder, test, reviewer, merge.");
        Should.Throw<ArgumentOutOfRangeException>(() => ((PhaseOutcome)(-1)).Name());
        Should.Throw<ArgumentOutOfRangeException>(() => ((RunStatus)4).Name());
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("0")]
    [TestCase("Setup")]
    [TestCase("SETUP")]
    [TestCase(" setup")]
    [TestCase("setup ")]
    [TestCase("setup\n")]
    [TestCase("setup,test")]
    [TestCase("setup, test")]
    [TestCase("ſetup", Description = "A long s, which some comparisons take for an s.")]
    public void TryParse_not_exactly_a_name_is_refused(string? text)
    {
        EnumNames.Of<RunPhase>().TryParse(text, out _).ShouldBeFalse();
        EnumNames.Of<RunPhase>().Contains(text).ShouldBeFalse();
        Should.Throw<FormatException>(() => EnumNames.Of<RunPhase>().Parse(text ?? string.Empty))
            .Message.ShouldBe($"'{text}' is not one of: setup, builder, test, reviewer, merge.");
    }

    [Test]
    public void TryParse_any_text_made_of_names_is_accepted_only_when_it_is_one()
    {
        var text = Gen.OneOf(
            Gen.OneOf(Outcomes),
            Gen.OneOf(Outcomes).Select(name => name.ToUpperInvariant()),
            Gen.OneOf("", " ", ",", "0", "1", "_", "Failed", "changesRequested", "changes-requested", "running"));

        text.Array[1, 3].Select(string.Concat).Sample(candidate =>
            EnumNames.Of<PhaseOutcome>().TryParse(candidate, out var value) == Outcomes.Contains(candidate)
            && (!Outcomes.Contains(candidate) || value.Name() == candidate));
    }

    [Test]
    public void IsVerdict_approved_and_changes_requested_alone() =>
        Enum.GetValues<PhaseOutcome>().Where(outcome => outcome.IsVerdict()).ShouldBe([PhaseOutcome.ChangesRequested, PhaseOutcome.Approved]);
}
