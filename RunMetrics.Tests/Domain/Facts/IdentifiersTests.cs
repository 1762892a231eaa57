using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class IdentifiersTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";

    private static readonly Gen<string> IdOfAnyLength = Gen.Char[Alphabet].Array[0, 140].Select(characters => new string(characters));

    [Test]
    public void IsValid_any_character_is_accepted_exactly_when_in_the_alphabet()
    {
        var accepted = Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code)
            .Where(character => Identifiers.IsValid($"a{character}b"));

        new string([.. accepted.Order()]).ShouldBe(new string([.. Alphabet.Order()]));
    }

    [Test]
    public void IsValidProject_any_character_is_accepted_exactly_when_in_the_alphabet_or_a_slash()
    {
        var accepted = Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code)
            .Where(character => Identifiers.IsValidProject($"{character}"));

        new string([.. accepted.Order()]).ShouldBe(new string([.. $"{Alphabet}/".Order()]));
    }

    [Test]
    public void IsValid_text_of_the_alphabet_is_accepted_from1_to128_characters() =>
        IdOfAnyLength.Sample(id => Identifiers.IsValid(id) == id.Length is >= 1 and <= 128 && Identifiers.IsValidProject(id) == Identifiers.IsValid(id));

    [TestCase(null)]
    [TestCase("a\n", Description = "A regex that ends in $ would let the line feed pass.")]
    [TestCase("\ud800")]
    [TestCase("٣", Description = "A digit, though not of 0-9.")]
    public void IsValid_what_looks_almost_right_is_refused(string? id)
    {
        Identifiers.IsValid(id).ShouldBeFalse();
        Identifiers.IsValidProject(id).ShouldBeFalse();
    }

    [Test]
    public void Create_as_time_passes_gives_valid_lower_case_version7_ids_in_their_order()
    {
        var time = new FakeTimeProvider(TestDatabase.Now);
        var ids = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            ids.Add(Identifiers.Create(time));
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        ids.ShouldAllBe(id => Identifiers.IsValid(id));
        ids.ShouldAllBe(id => !id.Any(char.IsAsciiLetterUpper) && id[14] == '7');
        ids.ShouldBe(ids.Order(StringComparer.Ordinal));
    }

    // By Python: the start in milliseconds as six bytes, then hashlib.sha256(b"run-1/builder/1/2026-01-12T09:00:00.000Z").digest()[6:16],
    // version 8 and the variant of RFC 9562 set in them.
    [TestCase("run-1", "builder", 1, "2026-01-12T09:00:00.000Z", "019bb16e-fe80-80af-8b1b-9476568507ee")]
    [TestCase("run-1", "builder", 1, "2026-01-12T09:00:00.0009999Z", "019bb16e-fe80-80af-8b1b-9476568507ee", Description = "Cut to the millisecond.")]
    [TestCase("run-1", "builder", 1, "2026-01-12T14:30:00+05:30", "019bb16e-fe80-80af-8b1b-9476568507ee", Description = "Of another offset.")]
    [TestCase("run-2", "builder", 1, "2026-01-12T09:00:00.000Z", "019bb16e-fe80-8037-84ae-1c55e8829051")]
    [TestCase("run-1", "test", 1, "2026-01-12T09:00:00.000Z", "019bb16e-fe80-8f50-8c21-d0ba171963db")]
    [TestCase("run-1", "builder", 2, "2026-01-12T09:00:00.000Z", "019bb16e-fe80-86ae-a7ec-84edd25cf263")]
    [TestCase("run-1", "builder", 1, "2026-01-12T09:00:00.001Z", "019bb16e-fe81-8c98-bfaf-492d9ed30eeb")]
    [TestCase("a.b_c:d-E", "reviewer", int.MaxValue, "0001-01-01T00:00:00.000Z", "c77cedd3-2800-8c51-a57b-2af722213a7d", Description = "Before 1970.")]
    [TestCase("r", "merge", 10, "9999-12-31T23:59:59.999Z", "e677d21f-dbff-8b9c-a19d-49e507ac79d8")]
    public void CreateForPhase_what_a_phase_is_known_by_is_the_name_of_the_id(string runId, string phase, int iteration, string startedAt, string id)
    {
        var start = DateTimeOffset.Parse(startedAt, CultureInfo.InvariantCulture);

        Identifiers.CreateForPhase(runId, phase, iteration, start).ShouldBe(id);
    }

    [Test]
    public void Accepted_the_alphabet_is_spelled_out()
    {
        Identifiers.Accepted.ShouldBe("1 to 128 of A-Z a-z 0-9 . _ : -");
        Identifiers.AcceptedProject.ShouldBe("1 to 128 of A-Z a-z 0-9 . _ : / -");
    }
}
