using System.Net;
using System.Text;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LimitsTests : IDisposable
{
    private const string Run = """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""";
    private const string Phase = """{"phase":"test","started_at":"2026-01-12T10:00:00Z"}""";

    private readonly TemporaryFolder _folder = new();

    private string DatabaseFile => _folder.File("runmetrics.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task MaxBodyBytes_exceeded_answers_413_and_stores_nothing()
    {
        using var api = await ApiProcess.StartAsync(DatabaseFile, "--Limits:MaxBodyBytes=1024");

        var exact = await ApiAnswer.PutAsync(api.Client, "runs/exact", Run.PadRight(1024));
        var over = await ApiAnswer.PutAsync(api.Client, "runs/over", Run.PadRight(1025));
        var import = await ApiAnswer.ImportAsync(api.Client, Encoding.UTF8.GetBytes(FactLines.Run("imported").PadRight(5000) + "\n"));

        exact.Status.ShouldBe(HttpStatusCode.Created);
        Problem.Read(over).Status.ShouldBe(413);
        import.Status.ShouldBe(HttpStatusCode.OK, import.Body);
        (await ApiAnswer.GetAsync(api.Client, "runs/over")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task RequestsPerSecond_exceeded_answers_429_until_it_is_time_again()
    {
        using var api = await ApiProcess.StartAsync(DatabaseFile, "--Limits:RequestsPerSecond=1");
        using var refused = await GetUntilAsync(api.Client, HttpStatusCode.TooManyRequests);
        var body = await refused.Content.ReadAsStringAsync();

        using var served = await GetUntilAsync(api.Client, HttpStatusCode.OK);

        Problem.Read(new ApiAnswer(refused.StatusCode, refused.Content.Headers.ContentType?.MediaType, body)).Status.ShouldBe(429);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        served.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task RequestTimeoutSeconds_exceeded_answers_504_and_leaves_others_alone()
    {
        using var api = await ApiProcess.StartAsync(DatabaseFile, "--Limits:RequestTimeoutSeconds=1");
        (await ApiAnswer.PutAsync(api.Client, "runs/known", Run)).Status.ShouldBe(HttpStatusCode.Created);
        Task<ApiAnswer>[] calls;
        ApiAnswer read;
        using (new DatabaseLock(DatabaseFile))
        {
            calls =
            [
                ApiAnswer.PutAsync(api.Client, "runs/late", Run),
                ApiAnswer.PostAsync(api.Client, "runs/known/metrics", Phase),
                .. Enumerable.Range(1, 16).Select(_ => ApiAnswer.DeleteAsync(api.Client, "runs/known")),
            ];
            read = await ApiAnswer.GetAsync(api.Client, "runs/known");
            await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(15));
        }

        foreach (var call in calls)
        {
            Problem.Read(await call).Status.ShouldBe(504);
        }

        read.Status.ShouldBe(HttpStatusCode.OK);
        (await ApiAnswer.PutAsync(api.Client, "runs/later", Run)).Status.ShouldBe(HttpStatusCode.Created);
    }

    [TestCase("MaxBodyBytes", "0")]
    [TestCase("MaxBodyBytes", "1MB")]
    [TestCase("MaxBodyBytes", "99999999999")]
    [TestCase("RequestTimeoutSeconds", "-1")]
    [TestCase("RequestsPerSecond", "0")]
    [TestCase("RequestsPerSecond", "1.5")]
    [TestCase("MaxConnections", "")]
    [TestCase("MaxBodyByte", "2048")]
    public async Task Limit_that_is_not_accepted_refuses_the_start_in_one_line(string key, string value)
    {
        using var process = ApiProcess.Launch(DatabaseFile, $"--Limits:{key}={value}");

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldNotBe(0);
        var line = process.Errors.Split('\n').ShouldHaveSingleItem();
        line.ShouldContain($"Limits:{key} is '{value}'; accepted");
        File.Exists(DatabaseFile).ShouldBeFalse();
    }

    private static async Task<HttpResponseMessage> GetUntilAsync(HttpClient client, HttpStatusCode status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var response = await client.GetAsync(new Uri("health/ready", UriKind.Relative), patience.Token);
            if (response.StatusCode == status)
            {
                return response;
            }

            response.Dispose();
        }
    }
}
