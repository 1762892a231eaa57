using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class RunMetricsJsonTests
{
    private static readonly JsonSerializerOptions Options = RunMetricsJson.CreateOptions();

    private static readonly Sample Whole = new(
        RunPhase.Setup, PhaseOutcome.ChangesRequested, RunStatus.Running, FactRejectionReason.UnknownRun, SampleFacts.Start.ToOffset(TimeSpan.FromHours(2)), "é<\"");

    private const string WholeText =
        """{"phase":"setup","outcome":"changes_requested","status":"running","reason":"unknown_run","started_at":"2026-01-12T09:00:00.000Z","free_text":"é<\""}""";

    [Test]
    public void Serialize_anything_has_snake_case_names_and_canonical_instants() => JsonSerializer.Serialize(Whole, Options).ShouldBe(WholeText);

    [Test]
    public void Deserialize_what_was_written_is_the_same() => JsonSerializer.Deserialize<Sample>(WholeText, Options).ShouldBe(Whole);

    [TestCase("""{"Phase":"setup"}""")]
    [TestCase("""{"colour":"red"}""")]
    [TestCase("""{"number":"1"}""")]
    public void Deserialize_what_is_lenient_elsewhere_is_refused(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Lenient>(json, Options));

    [TestCase("\"Setup\"")]
    [TestCase("0")]
    [TestCase("null")]
    public void Deserialize_what_is_no_name_says_what_is(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<RunPhase>(json, Options))
            .Message.ShouldStartWith("Accepted: setup, builder, test, reviewer, merge.");

    [TestCase("\"2026-01-12T09:00:00.000\"")]
    [TestCase("1768212000")]
    public void Deserialize_what_is_no_instant_says_what_is(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>(json, Options))
            .Message.ShouldStartWith("Accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.");

    [Test]
    public void Serialize_metadata_as_deep_as_another_program_may_store_is_written()
    {
        var deep = $"{new string('[', 1000)}{new string(']', 1000)}";

        JsonSerializer.Serialize(PhaseMetadata.Parse(deep), Options).ShouldBe(deep);
    }

    private sealed record Sample(
        RunPhase Phase, PhaseOutcome Outcome, RunStatus Status, FactRejectionReason Reason, DateTimeOffset StartedAt, string FreeText);

    private sealed record Lenient(RunPhase Phase = RunPhase.Merge, int Number = 0);
}
