using NUnit.Framework;
using RunMetrics.Runner.Commands;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

[Parallelizable(ParallelScope.All)]
public sealed class CommandOptionsTests
{
    [TestCase("90", 90)]
    [TestCase("0.5s", 0.5)]
    [TestCase("30m", 1800)]
    [TestCase("168h", 604800)]
    public void TryParseTime_of_a_time_reads_its_unit(string text, double seconds)
    {
        CommandOptions.TryParseTime(text, out var timeout).ShouldBeTrue();

        timeout.TotalSeconds.ShouldBe(seconds);
    }

    [TestCase("")]
    [TestCase("s")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("169h")]
    [TestCase("1d")]
    [TestCase("99999999999999999999999h")]
    [TestCase("0.0001")]
    [TestCase("NaN")]
    [TestCase("NaNs")]
    [TestCase("Infinity")]
    [TestCase("-Infinity")]
    [TestCase("∞h")]
    [TestCase("-0")]
    [TestCase("+1")]
    [TestCase("1e3")]
    [TestCase("1,000")]
    [TestCase("0x10")]
    [TestCase(" 1")]
    public void TryParseTime_of_anything_else_is_false(string text) => CommandOptions.TryParseTime(text, out _).ShouldBeFalse();
}
