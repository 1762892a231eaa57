using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using Shouldly;

namespace RunMetrics.Tests.Client;

public sealed class FactWriterTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Gen<string> Ids = Gen.String[Gen.Char["ABCXYZabcxyz0189._:-"], 1, 128];

    private static readonly Gen<DateTimeOffset> Instants =
        Gen.Long[0, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);

    private static readonly Gen<JsonElement> Metadata =
        Gen.Dictionary(Gen.String[Gen.Char['\u0001', '\ud7ff'], 0, 10], Gen.String[Gen.Char['\0', '\ud7ff'], 0, 20])[0, 5].SelectMany(members =>
            Gen.Bool.Select(isIndented => JsonElement.Parse(
                JsonSerializer.Serialize(members, isIndented ? Indented : JsonSerializerOptions.Default))));

    private static readonly Gen<IReadOnlyDictionary<string, string>> Labels = Gen.Dictionary(Ids, Gen.String[Gen.Char['\u0001', '\ud7ff'], 1, 128])[0, 16]
        .Select(IReadOnlyDictionary<string, string> (labels) => labels);

    private static readonly Gen<RunFact> Runs = Gen.Select(
        Gen.Select(Ids, Ids, Ids), OneOf([.. EnumNames.Of<RunStatus>().Names, null]), Instants.Nullable(), Instants.Nullable(), Gen.Bool, Labels,
        (ids, status, startedAt, endedAt, hasLabels, labels) => new RunFact
        {
            Id = ids.Item1,
            ProjectId = $"{ids.Item2[..Math.Min(ids.Item2.Length, 60)]}/x",
            WorkOrderId = ids.Item3,
            Status = status,
            StartedAt = startedAt,
            EndedAt = endedAt,
            Labels = hasLabels ? labels : null,
        });

    private static readonly Gen<PhaseMetricFact> PhaseMetrics = Gen.Select(
        Gen.Select(Ids, Ids),
        OneOf([.. EnumNames.Of<RunPhase>().Names]),
        Gen.Int[1, int.MaxValue].Nullable(),
        Gen.Select(Instants, Instants.Nullable()),
        Gen.Int[0, int.MaxValue].Nullable(),
        OneOf([.. EnumNames.Of<PhaseOutcome>().Names, null]),
        Metadata.Nullable(),
        (ids, phase, iteration, instants, seconds, outcome, metadata) => new PhaseMetricFact
        {
            Id = ids.Item1,
            RunId = ids.Item2,
            Phase = phase,
            Iteration = iteration,
            StartedAt = instants.Item1,
            EndedAt = instants.Item2,
            DurationSeconds = seconds,
            Outcome = outcome,
            Metadata = metadata,
        });

    [Test]
    public void ToLine_any_run_is_read_back_the_same() => Runs.Sample(fact =>
    {
        var read = ReadBack(fact).ShouldBeOfType<RunFact>();

        (read with { Labels = null }).ShouldBe(fact with { Labels = null });
        read.Labels?.ToArray().ShouldBe(fact.Labels?.OrderBy(label => label.Key, StringComparer.Ordinal));
        read.Labels.ShouldBe(fact.Labels, ignoreOrder: true);
    });

    [Test]
    public void ToLine_any_phase_metric_is_read_back_the_same() => PhaseMetrics.Sample(fact =>
    {
        var read = ReadBack(fact).ShouldBeOfType<PhaseMetricFact>();

        (read with { Metadata = null }).ShouldBe(fact with { Metadata = null });
        read.Metadata.HasValue.ShouldBe(fact.Metadata.HasValue);
        if (fact.Metadata is { } metadata)
        {
            JsonElement.DeepEquals(read.Metadata!.Value, metadata).ShouldBeTrue();
        }
    });

    private static Gen<string?> OneOf(string?[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Fact ReadBack(Fact fact)
    {
        var line = FactWriter.ToLine(fact);

        line.ShouldNotContain((byte)'\n');
        var reading = FactReader.ReadLine(line);
        reading.Errors.ShouldBeEmpty();
        return reading.Fact.ShouldNotBeNull();
    }
}
