using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

public sealed class IdentifiersTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";

    private static readonly Gen<string> IdOfAnyLength = Gen.Char[Alphabet].Array[0, 140].Select(characters => new string(characters));

    [Test]
    public void IsValid_anyCharacter_isAcceptedExactlyWhenInTheAlphabet()
    {
        var accepted = Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code)
            .Where(character => Identifiers.IsValid($"a{character}b"));

        new string([.. accepted.Order()]).ShouldBe(new string([.. Alphabet.Order()]));
    }

    [Test]
    public void IsValidProject_anyCharacter_isAcceptedExactlyWhenInTheAlphabetOrASlash()
    {
        var accepted = Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code)
            .Where(character => Identifiers.IsValidProject($"{character}"));

        new string([.. accepted.Order()]).ShouldBe(new string([.. $"{Alphabet}/".Order()]));
    }

    [Test]
    public void IsValid_textOfTheAlphabet_isAcceptedFrom1To128Characters() =>
        IdOfAnyLength.Sample(id => Identifiers.IsValid(id) == id.Length is >= 1 and <= 128 && Identifiers.IsValidProject(id) == Identifiers.IsValid(id));

    [TestCase(null)]
    [TestCase("a\n", Description = "A regex that ends in $ would let the line feed pass.")]
    [TestCase("\ud800")]
    [TestCase("٣", Description = "A digit, though not of 0-9.")]
    public void IsValid_whatLooksAlmostRight_isRefused(string? id)
    {
        Identifiers.IsValid(id).ShouldBeFalse();
        Identifiers.IsValidProject(id).ShouldBeFalse();
    }

    [Test]
    public void Create_asTimePasses_givesValidLowerCaseVersion7IdsInTheirOrder()
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
}
