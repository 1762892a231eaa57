using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using RunMetrics.Api.Security;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category(TestCategories.Unit)]
public sealed class RefusedTokenLogTests : IDisposable
{
    private static readonly SecurityTokenExpiredException Expired = new("secret");
    private static readonly SecurityTokenMalformedException Malformed = new("secret");

    private readonly FakeTimeProvider _time = new();
    private readonly LogLines<RefusedTokenLog> _lines = new();
    private readonly RefusedTokenLog _log;

    public RefusedTokenLogTests() => _log = new RefusedTokenLog(_lines, _time);

    public void Dispose() => _log.Dispose();

    [Test]
    public void Write_of_a_flood_is_ten_lines_and_a_count_a_minute()
    {
        Write(Malformed, 1000);
        _time.Advance(TimeSpan.FromMinutes(1));
        Write(Malformed, 11);
        _time.Advance(TimeSpan.FromMinutes(1));

        _lines.All.ShouldBe(
        [
            .. Enumerable.Repeat("Warning: A token was refused: it is malformed", 10),
            "Warning: 990 more refused within a minute: it is malformed",
            .. Enumerable.Repeat("Warning: A token was refused: it is malformed", 10),
            "Warning: 1 more refused within a minute: it is malformed",
        ]);
    }

    [Test]
    public void Write_of_another_reason_in_a_flood_is_written()
    {
        Write(Malformed, 1000);

        Write(Expired, 1);

        _lines.All[^1].ShouldBe("Warning: A token was refused: it has expired");
    }

    [Test]
    public void Write_of_few_is_a_line_each_and_no_count()
    {
        Write(Expired, 10);
        _time.Advance(TimeSpan.FromMinutes(2));

        _lines.All.ShouldBe(Enumerable.Repeat("Warning: A token was refused: it has expired", 10));
    }

    [Test]
    public void Dispose_tells_what_was_left_out_once()
    {
        Write(Expired, 12);

        _log.Dispose();
        _log.Dispose();

        _lines.All.Count(line => line.Contains("2 more refused", StringComparison.Ordinal)).ShouldBe(1);
    }

    [TestCaseSource(nameof(Refusals))]
    public void Write_says_the_reason_in_words_of_its_own(Exception exception, string reason)
    {
        _log.Write(exception);

        var line = _lines.All.ShouldHaveSingleItem();
        line.ShouldContain(reason);
        line.ShouldNotContain("secret");
    }

    private static IEnumerable<TestCaseData> Refusals()
    {
        yield return new(Expired, "it has expired");
        yield return new(new SecurityTokenNotYetValidException("secret"), "it is not valid yet");
        yield return new(new SecurityTokenNoExpirationException("secret"), "it does not say when it expires");
        yield return new(new SecurityTokenInvalidLifetimeException("secret"), "its lifetime");
        yield return new(new SecurityTokenInvalidAudienceException("secret"), "its audience");
        yield return new(new SecurityTokenInvalidIssuerException("secret"), "its issuer");
        yield return new(new SecurityTokenSignatureKeyNotFoundException("secret"), "its signature");
        yield return new(new SecurityTokenInvalidAlgorithmException("secret"), "its algorithm");
        yield return new(Malformed, "it is malformed");
        yield return new(new AggregateException(new SecurityTokenExpiredException("secret")), "it has expired");
        yield return new(new InvalidOperationException("secret"), "it could not be checked (InvalidOperationException)");
    }

    private void Write(Exception exception, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _log.Write(exception);
        }
    }
}
