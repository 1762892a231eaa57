using NUnit.Framework;
using RunMetrics.Runner.Display;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

[Parallelizable(ParallelScope.All)]
public sealed class PrintableTextTests
{
    [TestCase("plain, größer, 漢字", "plain, größer, 漢字")]
    [TestCase("␛[1;31mnot ok␛[0m", "not ok")]
    [TestCase("␛]0;a title␇text", "text")]
    [TestCase("␛]8;;http://a␛\\link␛]8;;␛\\", "link")]
    [TestCase("␛(Btext␛7", "text")]
    [TestCase("a\tb", "a b")]
    [TestCase("a␇b", "a\uFFFDb")]
    [TestCase("cut off ␛", "cut off \uFFFD")]
    public void Of_a_text_leaves_out_what_would_command_the_terminal(string text, string expected) =>
        PrintableText.Of(text.Replace('␛', '\u001b').Replace('␇', '\u0007')).ShouldBe(expected);

    [TestCase("12345", "12345")]
    [TestCase("123456", "1234…")]
    [TestCase("1\r\n2", "1 2")]
    public void Of_a_text_and_a_length_cuts_it_and_puts_it_on_one_line(string text, string expected) => PrintableText.Of(text, 5).ShouldBe(expected);
}
