using NUnit.Framework;
using RunMetrics.Runner.Commands;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

public sealed class PhaseTimeoutOptionTests
{
    [TestCase("90", 90)]
    [TestCase("0.5s", 0.5)]
    [TestCase("30m", 1800)]
    [TestCase("168h", 604800)]
    public void TryParse_of_a_time_reads_its_unit(string text, double seconds)
    {
        PhaseTimeoutOption.TryParse(text, out var timeout).ShouldBeTrue();

        timeout.TotalSeconds.ShouldBe(seconds);
    }

    [TestCase("")]
    [TestCase("s")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("169h")]
    [TestCase("1d")]
    [TestCase("99999999999999999999999h")]
    public void TryParse_of_anything_else_is_false(string text) => PhaseTimeoutOption.TryParse(text, out _).ShouldBeFalse();
}
