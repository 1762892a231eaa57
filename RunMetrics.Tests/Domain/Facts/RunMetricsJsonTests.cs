using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;
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
    public void Serialize_anything_hasSnakeCaseNamesAndCanonicalInstants() => JsonSerializer.Serialize(Whole, Options).ShouldBe(WholeText);

    [Test]
    public void Deserialize_whatWasWritten_isTheSame() => JsonSerializer.Deserialize<Sample>(WholeText, Options).ShouldBe(Whole);

    [TestCase("""{"Phase":"setup"}""")]
    [TestCase("""{"colour":"red"}""")]
    [TestCase("""{"number":"1"}""")]
    public void Deserialize_whatIsLenientElsewhere_isRefused(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Lenient>(json, Options));

    [TestCase("\"Setup\"")]
    [TestCase("0")]
    [TestCase("null")]
    public void Deserialize_whatIsNoName_saysWhatIs(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<RunPhase>(json, Options))
            .Message.ShouldStartWith("Accepted: setup, builder, test, reviewer, merge.");

    [TestCase("\"2026-01-12T09:00:00.000\"")]
    [TestCase("1768212000")]
    public void Deserialize_whatIsNoInstant_saysWhatIs(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>(json, Options))
            .Message.ShouldStartWith("Accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.");

    [Test]
    public void Serialize_metadataAsDeepAsAnotherProgramMayStore_isWritten()
    {
        var deep = $"{new string('[', 1000)}{new string(']', 1000)}";

        JsonSerializer.Serialize(PhaseMetadata.Parse(deep), Options).ShouldBe(deep);
    }

    private sealed record Sample(
        RunPhase Phase, PhaseOutcome Outcome, RunStatus Status, FactRejectionReason Reason, DateTimeOffset StartedAt, string FreeText);

    private sealed record Lenient(RunPhase Phase = RunPhase.Merge, int Number = 0);
}
