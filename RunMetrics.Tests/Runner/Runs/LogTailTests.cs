using NUnit.Framework;
using RunMetrics.Runner.Runs;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Runs;

[Parallelizable(ParallelScope.All)]
public sealed class LogTailTests
{
    [TestCase("", "")]
    [TestCase("one", "one")]
    [TestCase("one\n\n  \ntwo\r\n", "one|two")]
    [TestCase("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", "2|3|4|5|6|7|8|9|10|11")]
    [TestCase("10 %\r50 %\r100 %\ndone\n", "100 %|done")]
    public void Read_of_a_log_gives_its_last_lines(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("test.log");
        File.WriteAllText(file, content);

        var tail = LogTail.Read(file);

        tail.File.ShouldBe(file);
        string.Join('|', tail.Lines).ShouldBe(expected);
    }

    [Test]
    public void Read_of_a_log_with_an_endless_line_gives_its_end()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("test.log"), $"{new string('x', 1 << 20)}end");

        var line = LogTail.Read(folder.File("test.log")).Lines.ShouldHaveSingleItem();

        line.ShouldEndWith("xend");
        line.Length.ShouldBe(16 * 1024);
    }

    [Test]
    public void Read_of_a_log_that_is_not_there_gives_no_lines() => LogTail.Read("/no/such.log").Lines.ShouldBeEmpty();
}
