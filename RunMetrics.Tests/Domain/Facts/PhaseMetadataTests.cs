using System.Text;
using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class PhaseMetadataTests
{
    private const string Accepted = "a JSON object of at most 16384 bytes and 60 levels, or null";

    /// <summary>Members of so few names and values that objects meet, agree and contradict each other; values are written in compact form.</summary>
    private static readonly Gen<Dictionary<string, string>> Members =
        Gen.Dictionary(Gen.OneOf("a", "b", "é"), Gen.OneOf("1", "null", "\"x\"", "[1,{}]", """{"n":[]}"""))[0, 3];

    private static readonly Gen<Dictionary<string, string>?> MembersOrNull = Members.Null();

    [TestCase("{}")]
    [TestCase("""{"a":null,"b":[1,"\ud83d\ude00",{"a":true}],"c":{"a":{}}}""")]
    [TestCase("""{"a":1,"A":2,"":3}""", Description = "Names that differ in casing differ.")]
    public void FindFault_an_object_is_usable(string json) => PhaseMetadata.FindFault(Parse(json)).ShouldBeNull();

    [TestCase("[]", "metadata", $"metadata is '[]'; accepted: {Accepted}.")]
    [TestCase("null", "metadata", $"metadata is 'null'; accepted: {Accepted}.")]
    [TestCase("\"{}\"", "metadata", $"metadata is '\"{{}}\"'; accepted: {Accepted}.")]
    [TestCase("""{"a":1,"a":1}""", "metadata.a", "metadata.a is '1'; accepted: the field once.")]
    [TestCase("""{"a":1,"\u0061":2}""", "metadata.a", "metadata.a is '2'; accepted: the field once.")]
    [TestCase("""{"a":"\ud800"}""", "metadata.a", "metadata.a is '\"\\ud800\"'; accepted: text of valid Unicode.")]
    [TestCase("""{"a":[1,{"b":"\udfff"}]}""", "metadata.a[1].b", "metadata.a[1].b is '\"\\udfff\"'; accepted: text of valid Unicode.")]
    [TestCase("""{"a":{"b\ud800":1}}""", "metadata.a", "metadata.a is 'b\\ud800'; accepted: names of valid Unicode.")]
    [TestCase("""{"a":{"b":1,"c":[{"b":1,"b":2}]}}""", "metadata.a.c[0].b", "metadata.a.c[0].b is '2'; accepted: the field once.")]
    public void FindFault_what_nobody_can_give_back_the_same_is_named_by_its_path(string json, string field, string message) =>
        PhaseMetadata.FindFault(Parse(json)).ShouldBe(new FactError(field, message));

    [Test]
    public void FindFault_nothing_at_all_is_no_object() =>
        PhaseMetadata.FindFault(default).ShouldBe(new FactError("metadata", $"metadata is ''; accepted: {Accepted}."));

    [Test]
    public void FindFault_16384_bytes_of_compact_json_is_the_largest()
    {
        // Each character of two bytes; written as an escape of six, with blanks around, which do not count.
        string Of(int bytes) => $$"""{ "a" : "{{string.Concat(Enumerable.Repeat("\\u00e9", (bytes - 8) / 2))}}{{(bytes % 2 == 0 ? "" : "x")}}" }""";

        PhaseMetadata.FindFault(Parse(Of(16_384))).ShouldBeNull();
        PhaseMetadata.FindFault(Parse(Of(16_385))).ShouldNotBeNull().Message.ShouldEndWith($"accepted: {Accepted}.");
        Encoding.UTF8.GetByteCount(PhaseMetadata.Normalize(Parse(Of(16_384))).GetRawText()).ShouldBe(16_384);
    }

    [TestCase("{\"a\":", "}")]
    [TestCase("[", "]")]
    public void FindFault_sixty_levels_are_the_deepest(string open, string close)
    {
        // The object itself is the first level; what is no container may stand in the last.
        string Of(int levels) => $$"""{"a":{{Repeat(open, levels - 1)}}"x"{{Repeat(close, levels - 1)}}}""";

        PhaseMetadata.FindFault(Parse(Of(60))).ShouldBeNull();
        var fault = PhaseMetadata.FindFault(Parse(Of(61))).ShouldNotBeNull();
        fault.Field.ShouldBe("metadata");
        fault.Message.ShouldEndWith("accepted: objects and arrays nested at most 60 deep.");
    }

    [Test]
    public void Parse_as_deep_as_SQ_lite_goes_is_read()
    {
        var deep = $"{Repeat("[", 1000)}{Repeat("]", 1000)}";

        PhaseMetadata.Parse(deep).GetRawText().ShouldBe(deep);
        PhaseMetadata.Normalize(PhaseMetadata.Parse(deep)).GetRawText().ShouldBe(deep);
    }

    [Test]
    public void Normalize_any_form_is_compact_and_says_the_same()
    {
        const string Text = """{ "b" : [ 1 , 1.0 ] , "a" : "\u00e9\u003c\u0000\n" }""";

        PhaseMetadata.Normalize(Parse(Text)).GetRawText().ShouldBe("""{"b":[1,1.0],"a":"é<\u0000\n"}""");
    }

    [Test]
    public void Covers_any_two_is_true_when_every_member_of_the_part_stands_in_the_whole() => Gen.Select(MembersOrNull, MembersOrNull).Sample((whole, part) =>
        PhaseMetadata.Covers(ToJson(whole), ToJson(part))
            .ShouldBe(part is null || (whole is not null && part.All(member => whole.TryGetValue(member.Key, out var known) && known == member.Value))));

    [Test]
    public void Agree_any_two_is_true_unless_a_member_stands_in_both_with_different_values() => Gen.Select(MembersOrNull, MembersOrNull).Sample((first, second) =>
        PhaseMetadata.Agree(ToJson(first), ToJson(second))
            .ShouldBe(first is null || second is null || !first.Any(member => second.TryGetValue(member.Key, out var other) && other != member.Value)));

    [Test]
    public void Merge_any_two_has_all_members_and_the_values_of_the_later() => Gen.Select(MembersOrNull, MembersOrNull).Sample((earlier, later) =>
    {
        var merged = PhaseMetadata.Merge(ToJson(earlier), ToJson(later));

        if (earlier is null && later is null)
        {
            merged.ShouldBeNull();
            return;
        }

        var expected = new Dictionary<string, string>(earlier ?? [], StringComparer.Ordinal);
        foreach (var (name, value) in later ?? [])
        {
            expected[name] = value;
        }

        merged.ShouldNotBeNull().EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetRawText(), StringComparer.Ordinal)
            .ShouldBe(expected, ignoreOrder: true);
    });

    [Test]
    public void Merge_one_alone_is_normalized_when_it_is_the_later()
    {
        PhaseMetadata.Merge(null, Parse("""{ "a" : 1 }""")).ShouldNotBeNull().GetRawText().ShouldBe("""{"a":1}""");
        PhaseMetadata.Merge(Parse("""{"a":1}"""), Parse("""{ "b" : "\u00e9" }""")).ShouldNotBeNull().GetRawText().ShouldBe("""{"a":1,"b":"é"}""");
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static JsonElement Parse(string json) => PhaseMetadata.Parse(json);

    /// <summary>Members in some form that is not compact.</summary>
    private static JsonElement? ToJson(Dictionary<string, string>? members) => members is null
        ? null
        : Parse($"{{ {string.Join(" , ", members.Select(member => $"{JsonSerializer.Serialize(member.Key)} : {member.Value}"))} }}");
}
