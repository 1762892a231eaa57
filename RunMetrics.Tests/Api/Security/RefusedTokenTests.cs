using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[Parallelizable(ParallelScope.Self)]
public sealed class RefusedTokenTests() : SecuredApiFixture(DatabaseKind.Sqlite)
{
    private const string Secret = "distinctive-claim-6f1d";

    private const string Audience = "its audience is none of Authentication:Schemes:Bearer:ValidAudiences";
    private const string Issuer = "its issuer is neither the one of the provider nor Authentication:Schemes:Bearer:ValidIssuer";
    private const string Signature = "its signature is missing or by none of the known keys";
    private const string Malformed = "it is malformed";

    private static IEnumerable<TestCaseData> RefusedTokens()
    {
        yield return Case("expired", Tokens.Create(isExpired: true), "it has expired");
        yield return Case("wrong audience", Tokens.Create(audience: Secret), Audience);
        yield return Case("wrong issuer", Tokens.Create(issuer: Secret), Issuer);
        yield return Case("wrong key", Tokens.Create(hasOtherKey: true), Signature);
        yield return Case("wrong key of a wrong issuer", Tokens.Create(issuer: Secret, hasOtherKey: true), Signature);
        yield return Case("alg none", Tokens.CreateUnsigned(), Signature);
        yield return Case("exchanged payload", Tokens.CreateForged(), Signature);
        yield return Case("garbage", Secret, Malformed);
        yield return Case("three dots of garbage", $"e30.{Secret}.e30", Malformed);
        yield return Case("empty parts", "..", Malformed);
    }

    [TestCaseSource(nameof(RefusedTokens))]
    public async Task Log_says_why_a_token_was_refused_and_nothing_of_its_contents(string token, string reason)
    {
        var answer = await ApiAnswer.GetAsync(ClientWith(token), "runs/any");

        Problem.Read(answer).Status.ShouldBe(401);
        var line = await WaitForLineAsync((string)JsonNode.Parse(answer.Body)!["trace_id"]!);
        line.ShouldEndWith($"A token was refused: {reason}");
        Log.ShouldNotContain(Secret);
        token.Split('.').Where(part => part.Length > 3).ShouldAllBe(part => !Log.Contains(part, StringComparison.Ordinal));
    }

    [Test]
    public async Task Log_says_nothing_of_a_call_without_a_token()
    {
        var missing = await ApiAnswer.GetAsync(ClientWith(null), "runs/any");
        var refused = await ApiAnswer.GetAsync(ClientWith(Secret), "runs/any");

        await WaitForLineAsync((string)JsonNode.Parse(refused.Body)!["trace_id"]!);
        Log.ShouldNotContain((string)JsonNode.Parse(missing.Body)!["trace_id"]!);
    }

    private static TestCaseData Case(string name, string token, string reason) =>
        new TestCaseData(token, reason).SetArgDisplayNames(name);

    /// <summary>The line behind the one that has the scope of the call.</summary>
    private async Task<string> WaitForLineAsync(string traceId)
    {
        string? line = null;
        await Eventually.TrueAsync(() =>
        {
            line = Log.Split('\n').SkipWhile(line => !line.Contains(traceId, StringComparison.Ordinal)).ElementAtOrDefault(1);
            return line is not null;
        });
        return line!;
    }
}
