using System.Globalization;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class InstantsTests
{
    private static readonly Gen<DateTimeOffset> Instant =
        Gen.Select(Gen.Long[TimeSpan.TicksPerDay, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay], Gen.Int[-14 * 60, 14 * 60], (ticks, offset) =>
            new DateTimeOffset(ticks, TimeSpan.FromMinutes(offset)));

    [Test]
    public void ParseCanonical_what_format_writes_is_the_instant_cut_to_the_millisecond() =>
        Instant.Sample(instant =>
        {
            var cut = Instants.ParseCanonical(Instants.Format(instant));

            return cut.Offset == TimeSpan.Zero
                && cut.UtcTicks % TimeSpan.TicksPerMillisecond == 0
                && instant.UtcTicks - cut.UtcTicks is >= 0 and < TimeSpan.TicksPerMillisecond
                && cut == Instants.Normalize(instant);
        });

    [Test]
    public void Format_any_two_instants_sort_as_text_as_they_do_as_time()
    {
        var near = Gen.Select(Instant, Gen.Long[-20, 20], (instant, milliseconds) => (instant, instant.AddMilliseconds(milliseconds)));

        Gen.OneOf(Gen.Select(Instant, Instant), near).Sample((first, second) =>
            Math.Sign(string.CompareOrdinal(Instants.Format(first), Instants.Format(second)))
            == Instants.Normalize(first).CompareTo(Instants.Normalize(second)));
    }

    [Test]
    public void TryParse_instant_with_any_offset_and_up_to_nine_decimals_is_cut_to_the_millisecond()
    {
        var fraction = Gen.Char["0123456789"].Array[0, 9].Select(digits => new string(digits));

        Gen.Select(Instant, fraction).Sample((instant, digits) =>
        {
            var local = instant.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
            var offset = instant.ToString("zzz", CultureInfo.InvariantCulture);
            var text = digits.Length == 0 ? $"{local}{offset}" : $"{local}.{digits}{offset}";
            var seconds = new DateTimeOffset(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
            var expected = seconds.AddMilliseconds(int.Parse(digits.PadRight(3, '0')[..3], CultureInfo.InvariantCulture));

            return Instants.TryParse(text, out var parsed) && parsed == expected && parsed.Offset == TimeSpan.Zero;
        });
    }

    [TestCase("2026-01-12T10:00:00.9999999Z", "2026-01-12T10:00:00.999Z")]
    [TestCase("2026-01-12T10:00:00.999999999Z", "2026-01-12T10:00:00.999Z")]
    [TestCase("2026-01-12T10:00:00Z", "2026-01-12T10:00:00.000Z")]
    [TestCase("2026-01-12T00:30:00+05:45", "2026-01-11T18:45:00.000Z")]
    [TestCase("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z")]
    [TestCase("2024-02-29T10:00:00.1-00:00", "2024-02-29T10:00:00.100Z")]
    public void TryParse_an_instant_is_read_as(string text, string canonical)
    {
        Instants.TryParse(text, out var instant).ShouldBeTrue();

        Instants.Format(instant).ShouldBe(canonical);
    }

    [TestCase("")]
    [TestCase("2026-01-12T10:00:00", Description = "No offset: where it happened is not guessed.")]
    [TestCase("2026-01-12T10:00:00.000")]
    [TestCase("2026-01-12")]
    [TestCase("2026-01-12Z")]
    [TestCase("2026-01-12 10:00:00Z")]
    [TestCase("2026-01-12T10:00Z")]
    [TestCase("2026-01-12T10:00:00.Z")]
    [TestCase("2026-01-12T10:00:00.1234567890Z")]
    [TestCase("2026-01-12T10:00:00z")]
    [TestCase("2026-01-12T10:00:00Z\n")]
    [TestCase(" 2026-01-12T10:00:00Z")]
    [TestCase("2026-01-12T10:00:00+1:00")]
    [TestCase("2026-01-12T10:00:00+15:00")]
    [TestCase("2026-01-12T10:00:00+99:99")]
    [TestCase("2026-01-12T24:00:00Z")]
    [TestCase("2026-01-12T10:00:60Z")]
    [TestCase("2026-02-29T10:00:00Z")]
    [TestCase("2026-13-01T10:00:00Z")]
    [TestCase("0000-01-01T00:00:00Z")]
    [TestCase("0001-01-01T00:00:00+01:00", Description = "Before the first instant in UTC.")]
    [TestCase("9999-12-31T23:59:59-01:00", Description = "After the last instant in UTC.")]
    [TestCase("٢٠٢٦-01-12T10:00:00Z")]
    [TestCase("1768212000")]
    public void TryParse_anything_else_is_refused(string text) => Instants.TryParse(text, out _).ShouldBeFalse();

    [TestCase("2026-01-12T10:00:00Z")]
    [TestCase("2026-01-12T10:00:00.0000Z")]
    [TestCase("2026-01-12T10:00:00.000+00:00")]
    [TestCase("2026-01-12T10:00:00.000")]
    public void ParseCanonical_anything_not_canonical_is_refused(string text) =>
        Should.Throw<FormatException>(() => Instants.ParseCanonical(text));
}
