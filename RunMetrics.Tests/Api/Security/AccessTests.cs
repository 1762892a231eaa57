using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class AccessTests(DatabaseKind kind) : SecuredApiFixture(kind)
{
    private const string Project = "acme/shop";

    private static IEnumerable<TestCaseData> UntrustedTokens()
    {
        yield return Case("none", null);
        yield return Case("garbage", "garbage");
        yield return Case("three dots of garbage", "e30.e30.e30");
        yield return Case("expired", Tokens.Create(isExpired: true));
        yield return Case("wrong audience", Tokens.Create(audience: "another-audience"));
        yield return Case("wrong issuer", Tokens.Create(issuer: "another-issuer"));
        yield return Case("wrong key", Tokens.Create(hasOtherKey: true));
        yield return Case("alg none", Tokens.CreateUnsigned());
        yield return Case("exchanged payload", Tokens.CreateForged());
    }

    private static IEnumerable<TestCaseData> TrustedTokens()
    {
        yield return Case("no scope", null);
        yield return Case("another scope", "metrics:admin");
        yield return Case("a scope that only contains the name", "metrics:readers xmetrics:write METRICS:READ");
        yield return Case("read", Tokens.Read);
        yield return Case("write", Tokens.Write);
        yield return Case("both", Tokens.Both);
    }

    [TestCaseSource(nameof(UntrustedTokens))]
    public async Task Call_with_an_untrusted_token_is_refused_and_changes_nothing(string? token)
    {
        var run = await PutRunAsync(Project);
        var before = Dump();

        var answers = await SendAllAsync(ClientWith(token), _ => run);

        answers.Select(Line).ShouldBe(answers.Select(answer => $"{answer.Call.Operation} {(answer.Call.Scope is null ? 200 : 401)}"));
        foreach (var (_, answer) in answers.Where(answer => answer.Call.Scope is not null))
        {
            Problem.Read(answer).Detail.ShouldBeNull();
        }

        Dump().ShouldBe(before);
    }

    [TestCaseSource(nameof(TrustedTokens))]
    public async Task Call_with_a_trusted_token_needs_the_scope(string? scope)
    {
        var scopes = scope?.Split(' ') ?? [];
        var runs = new Dictionary<ApiCall, string>();
        foreach (var call in ApiCall.All.Append(ApiCall.Document))
        {
            runs[call] = await PutRunAsync(Project);
        }

        var before = Dump();

        var answers = await SendAllAsync(ClientWith(Tokens.Create(scope)), call => runs[call]);

        answers.Select(Line).ShouldBe(answers.Select(answer =>
            $"{answer.Call.Operation} {(answer.Call.Scope is null || scopes.Contains(answer.Call.Scope, StringComparer.Ordinal) ? answer.Call.Status : 403)}"));
        foreach (var (_, answer) in answers.Where(answer => (int)answer.Answer.Status == 403))
        {
            Problem.Read(answer).Errors.ShouldBeEmpty();
        }

        if (!scopes.Contains(Tokens.Write, StringComparer.Ordinal))
        {
            Dump().ShouldBe(before);
        }
    }

    [Test]
    public async Task Document_has_no_call_without_a_decision()
    {
        var answer = await ApiCall.Document.SendAsync(Everything, "any", "any");

        var operations = JsonNode.Parse(answer.Body)!["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}"));
        operations.ShouldBe(ApiCall.All.Select(call => call.Operation), ignoreOrder: true);
    }

    [TestCase(null, 401)]
    [TestCase(Tokens.Both, 403)]
    public async Task Call_that_nobody_decided_about_is_denied(string? scope, int status)
    {
        var client = ClientWith(scope is null ? null : Tokens.Create(scope));

        var unknown = await ApiAnswer.GetAsync(client, "no/such/address");
        var method = await ApiAnswer.SendAsync(client, HttpMethod.Patch, "runs/any");

        Problem.Read(unknown).Status.ShouldBe(status);
        Problem.Read(method).Status.ShouldBe(status);
    }

    [Test]
    public async Task Missing_run_with_a_token_for_everything_is_404()
    {
        var answer = await ApiAnswer.GetAsync(Everything, "runs/no-such-run");

        Problem.Read(answer).Status.ShouldBe(404);
    }

    private static TestCaseData Case(string name, string? value) =>
        new TestCaseData(value).SetArgDisplayNames(name);

    private static string Line((ApiCall Call, ApiAnswer Answer) sent) => $"{sent.Call.Operation} {(int)sent.Answer.Status}";

    private static async Task<IReadOnlyList<(ApiCall Call, ApiAnswer Answer)>> SendAllAsync(HttpClient client, Func<ApiCall, string> runOf)
    {
        var answers = new List<(ApiCall, ApiAnswer)>();
        foreach (var call in ApiCall.All.Append(ApiCall.Document))
        {
            answers.Add((call, await call.SendAsync(client, runOf(call), Project)));
        }

        return answers;
    }
}
