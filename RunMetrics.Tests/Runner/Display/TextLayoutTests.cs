using NUnit.Framework;
using RunMetrics.Runner.Display;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

[Parallelizable(ParallelScope.All)]
public sealed class TextLayoutTests
{
    [TestCase("", "")]
    [TestCase("ten  chars", "ten  chars")]
    [TestCase("ten chars more", "ten chars|  more")]
    [TestCase("  indented text", "  indented|    text")]
    [TestCase("see /a/path/longer/than/a/line for it", "see|  /a/path/longer/than/a/line|  for it")]
    [TestCase("漢字漢字 漢字", "漢字漢字|  漢字")]
    public void Wrap_of_a_text_breaks_it_between_words(string text, string lines) => string.Join('|', TextLayout.Wrap(text, 10)).ShouldBe(lines);

    [TestCase("ten chars.", "ten chars.")]
    [TestCase("eleven chars", "elev…chars")]
    [TestCase("漢字漢字漢字", "漢字…漢字")]
    public void Shorten_of_a_text_leaves_out_its_middle(string text, string expected) => TextLayout.Shorten(text, 10).ShouldBe(expected);

    [Test]
    public void Shorten_to_next_to_nothing_leaves_the_ellipsis() => TextLayout.Shorten("text", 1).ShouldBe("…");
}
