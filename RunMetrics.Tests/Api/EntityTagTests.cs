using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[OnBothDatabases]
[Parallelizable(ParallelScope.Self)]
public sealed class EntityTagTests(DatabaseKind kind) : ApiFixture(kind)
{
    private static readonly string[] Answers =
    [
        "runs/RUN", "runs/RUN/metrics", "repos", "repos/PROJECT/runs", "repos/PROJECT/run-metrics/summary", "repos/PROJECT/run-metrics/statistics",
        "run-metrics/summary", "run-metrics/statistics",
    ];

    [TestCaseSource(nameof(Answers))]
    public async Task Answer_that_has_not_changed_is_304_and_one_that_has_is_sent_under_another_tag(string answer)
    {
        var project = NewId();
        var run = await PutRunAsync(project);
        var path = answer.Replace("RUN", run, StringComparison.Ordinal).Replace("PROJECT", project, StringComparison.Ordinal);
        using var first = await AskAsync(path, null);
        var tag = first.Headers.ETag.ShouldNotBeNull();

        using var same = await AskAsync(path, tag);
        await PutAsync($"runs/{run}/metrics/{NewId()}", """{"phase":"test","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:10:00Z","outcome":"failed"}""");
        await PutRunAsync(project);
        await PutRunAsync(NewId());
        using var other = await AskAsync(path, tag);

        tag.IsWeak.ShouldBeFalse();
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        same.Headers.ETag.ShouldBe(tag);
        (await same.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
        other.Headers.ETag.ShouldNotBe(tag);
        other.Headers.CacheControl!.NoCache.ShouldBeTrue();
    }

    [TestCase("*", HttpStatusCode.NotModified)]
    [TestCase("\"other\"", HttpStatusCode.OK)]
    [TestCase("nonsense", HttpStatusCode.OK)]
    public async Task Answer_to_another_tag_is_sent(string tag, HttpStatusCode status)
    {
        var run = await PutRunAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"runs/{run}");
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);

        using var answer = await Client.SendAsync(request);

        answer.StatusCode.ShouldBe(status);
    }

    [Test]
    public async Task OpenApi_document_has_a_tag()
    {
        using var first = await AskAsync("openapi/v1.json", null);

        using var same = await AskAsync("openapi/v1.json", first.Headers.ETag.ShouldNotBeNull());

        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        first.Content.Headers.ContentType!.MediaType.ShouldBe(ApiAnswer.Json);
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Test]
    public async Task Errors_have_no_tag()
    {
        using var answer = await Client.GetAsync(new Uri("runs/nobody", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Headers.ETag.ShouldBeNull();
    }

    private Task<HttpResponseMessage> AskAsync(string path, EntityTagHeaderValue? tag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return Client.SendAsync(request);
    }
}
