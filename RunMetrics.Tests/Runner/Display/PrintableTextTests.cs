using NUnit.Framework;
using RunMetrics.Runner.Display;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

[Parallelizable(ParallelScope.All)]
public sealed class PrintableTextTests
{
    [TestCase("plain, größer, 漢字", "plain, größer, 漢字")]
    [TestCase("\u001b[1;31mnot ok\u001b[0m", "not ok")]
    [TestCase("\u001b]0;a title\u0007text", "text")]
    [TestCase("\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\", "link")]
    [TestCase("\u001b(Btext\u001b7", "text")]
    [TestCase("a\tb", "a b")]
    [TestCase("a\u0007b\u009bc", "a\uFFFDb\uFFFDc")]
    [TestCase("cut off \u001b", "cut off \uFFFD")]
    public void Of_a_text_leaves_out_what_would_command_the_terminal(string text, string expected) => PrintableText.Of(text).ShouldBe(expected);

    [TestCase("12345", "12345")]
    [TestCase("123456", "1234…")]
    [TestCase("1\r\n2", "1 2")]
    public void Of_a_text_and_a_length_cuts_it_and_puts_it_on_one_line(string text, string expected) => PrintableText.Of(text, 5).ShouldBe(expected);
}
