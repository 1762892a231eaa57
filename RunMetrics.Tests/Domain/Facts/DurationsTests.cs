using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class DurationsTests
{
    private const long HalfSecond = TimeSpan.TicksPerSecond / 2;

    [Test]
    public void WholeSeconds_any_time_is_rounded_half_away_from_zero()
    {
        var nearHalves = Gen.Select(Gen.Long[-100_000, 100_000], Gen.Long[-1, 1], (halves, beside) => (halves * HalfSecond) + beside);
        var anything = Gen.Long[-(long)int.MaxValue * TimeSpan.TicksPerSecond, (long)int.MaxValue * TimeSpan.TicksPerSecond];

        Gen.OneOf(nearHalves, anything).Sample(ticks =>
            Durations.WholeSeconds(new TimeSpan(ticks)) == Math.Round((decimal)ticks / TimeSpan.TicksPerSecond, MidpointRounding.AwayFromZero));
    }

    [Test]
    public void WholeSeconds_just_below_half_a_second_beyond_the_largest_is_the_largest()
    {
        var longest = ((long)int.MaxValue * TimeSpan.TicksPerSecond) + HalfSecond - 1;

        Durations.WholeSeconds(new TimeSpan(longest)).ShouldBe(int.MaxValue);
        Should.Throw<OverflowException>(() => Durations.WholeSeconds(new TimeSpan(longest + 1)));
    }
}
