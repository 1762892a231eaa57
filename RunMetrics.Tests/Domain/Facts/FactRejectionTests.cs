using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class FactRejectionTests
{
    /// <summary>Around the lengths at which texts are cut, some of whose characters are two halves.</summary>
    private static readonly Gen<string> Texts =
        Gen.Select(Gen.OneOf(100, 300), Gen.OneOf("a", "é", "😀").Array[0, 210], (length, characters) =>
        {
            var text = string.Concat(characters).PadLeft(length - 3, 'x');
            return text[..Math.Min(text.Length, length + 3)] is var cut && char.IsHighSurrogate(cut[^1]) ? cut[..^1] : cut;
        });

    [Test]
    public void FactError_a_value_is_said_with_what_is_accepted() =>
        new FactError("status", "Done", "running").ShouldBe(new FactError("status", "status is 'Done'; accepted: running."));

    [Test]
    public void FactError_no_value_is_missing() =>
        new FactError("status", null, "running").ShouldBe(new FactError("status", "status is missing; accepted: running."));

    [Test]
    public void FactError_long_texts_are_cut()
    {
        var error = new FactError(new string('f', 101), new string('v', 101), new string('a', 301));

        error.Field.ShouldBe($"{new string('f', 100)}…");
        error.Message.ShouldBe($"{new string('f', 100)}… is '{new string('v', 100)}…'; accepted: {new string('a', 300)}….");
    }

    [Test]
    public void FactError_texts_of_the_length_shown_are_whole() =>
        new FactError(new string('f', 100), new string('v', 100), new string('a', 300)).Message
            .ShouldBe($"{new string('f', 100)} is '{new string('v', 100)}'; accepted: {new string('a', 300)}.");

    [Test]
    public void FactError_any_text_is_cut_between_characters() => Texts.Sample(text =>
    {
        CutOf(new FactError(text, "v", "a").Field, text, 100);
        CutOf(new FactError("f", text, "a").Message["f is '".Length..^"'; accepted: a.".Length], text, 100);
        CutOf(new FactError("f", "v", text).Message["f is 'v'; accepted: ".Length..^1], text, 300);
    });

    [Test]
    public void Message_several_errors_is_all_of_their_sentences()
    {
        FactError[] errors = [new("a", "1", "x"), new("b", null, "y")];

        new FactRejection(FactRejectionReason.Invalid, errors).Message.ShouldBe("a is '1'; accepted: x. b is missing; accepted: y.");
        new FactRejection(FactRejectionReason.Invalid, errors) { OmittedErrors = 3 }.Message
            .ShouldBe("a is '1'; accepted: x. b is missing; accepted: y. And 3 more errors.");
    }

    [Test]
    public void MessagesByField_several_errors_of_a_field_stand_together()
    {
        var messages = new FactRejection(FactRejectionReason.Invalid, [new("a", "1"), new("b", "2"), new("a", "3"), new("A", "4")]).MessagesByField();

        messages.Select(field => $"{field.Key}: {string.Join(' ', field.Value)}").ShouldBe(["a: 1 3", "b: 2", "A: 4"]);
    }

    [Test]
    public void FactErrors_any_number_lists_twenty_and_counts_the_rest() => Gen.Select(Gen.Int[0, 45], Gen.Int[0, 45], Gen.Int[0, 5]).Sample((first, second, omitted) =>
    {
        var all = Enumerable.Range(0, first + second).Select(number => new FactError($"f{number}", "x")).ToArray();
        var errors = new FactErrors();
        foreach (var error in all.Take(first))
        {
            errors.Add(error);
        }

        errors.AddRange(all.Skip(first), omitted);

        var rejection = errors.ToRejection(FactRejectionReason.Conflict);
        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Errors.ShouldBe(all.Take(20));
        rejection.OmittedErrors.ShouldBe(Math.Max(0, first + second - 20) + omitted);
    });

    private static void CutOf(string shown, string text, int length)
    {
        if (text.Length <= length)
        {
            shown.ShouldBe(text);
            return;
        }

        // A character of two halves that straddles the end is left out whole.
        shown[^1].ShouldBe('…');
        text.ShouldStartWith(shown[..^1]);
        shown.Length.ShouldBe(char.IsHighSurrogate(text[length - 1]) ? length : length + 1);
    }
}
