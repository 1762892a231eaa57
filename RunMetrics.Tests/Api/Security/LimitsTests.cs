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

    [TestCase(DatabaseKind.Sqlite)]
    [TestCase(DatabaseKind.PostgreSql)]
    public async Task RequestTimeoutSeconds_exceeded_answers_504_and_leaves_others_alone(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);

        // Long enough for the first calls of a process, which are slow, on a busy machine.
        using var api = await ApiProcess.StartAsync(database.Target, "--Limits:RequestTimeoutSeconds=4");
        (await ApiAnswer.PutAsync(api.Client, "runs/known", Run)).Status.ShouldBe(HttpStatusCode.Created);
        Task<ApiAnswer>[] calls;
        ApiAnswer read;
        using (database.Lock())
        {
            calls =
            [
                ApiAnswer.PutAsync(api.Client, "runs/late", Run),
                ApiAnswer.PostAsync(api.Client, "runs/known/metrics", Phase),
                .. Enumerable.Range(1, 16).Select(_ => ApiAnswer.DeleteAsync(api.Client, "runs/known")),
            ];
            read = await ApiAnswer.GetAsync(api.Client, "runs/known");
            await Task.WhenAll(calls);
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
    [TestCase("Accepted", "2048")]
    [TestCase("Section", "2048")]
    public async Task Limit_that_is_not_accepted_refuses_the_start_in_one_line(string key, string value)
    {
        using var process = ApiProcess.Launch(DatabaseFile, $"--Limits:{key}={value}");

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(1);
        var line = process.Errors.Split('\n').ShouldHaveSingleItem();
        line.ShouldContain($"Limits:{key} is '{value}'; accepted: ");
        line.ShouldContain("MaxBodyBytes from 1024 to 30000000");
        process.Output.ShouldNotContain("   at ");
        File.Exists(DatabaseFile).ShouldBeFalse();
    }

    [TestCase("LIMITS__MAXBODYBYTES")]
    [TestCase("Limits__MaxBodyBytes")]
    [TestCase("limits__maxbodybytes")]
    public async Task Limit_is_known_in_any_casing(string variable)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { [variable] = "1024" };
        using var api = await ApiProcess.StartInAsync(variables, DatabaseFile);

        var over = await ApiAnswer.PutAsync(api.Client, "runs/over", Run.PadRight(1025));

        Problem.Read(over).Status.ShouldBe(413);
    }

    [Test]
    public async Task MaxConnections_exceeded_closes_the_connection_until_another_is_closed()
    {
        using var api = await ApiProcess.StartAsync(DatabaseFile, "--Limits:MaxConnections=2");
        using var first = await RawConnection.OpenAsync(api.Address);
        using var second = await RawConnection.OpenAsync(api.Address);
        (await first.GetAsync("/health/live")).ShouldStartWith("HTTP/1.1 200 ");
        (await second.GetAsync("/health/live")).ShouldStartWith("HTTP/1.1 200 ");

        using (var third = await RawConnection.OpenAsync(api.Address))
        {
            (await third.GetAsync("/health/live")).ShouldBeEmpty();
        }

        first.Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var next = await RawConnection.OpenAsync(api.Address);
            return (await next.GetAsync("/health/live")).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
        });
        (await second.GetAsync("/health/live")).ShouldStartWith("HTTP/1.1 200 ");
    }

    private static async Task<HttpResponseMessage> GetUntilAsync(HttpClient client, HttpStatusCode status)
    {
        HttpResponseMessage? response = null;
        await Eventually.TrueAsync(async () =>
        {
            response?.Dispose();
            response = await client.GetAsync(new Uri("health/live", UriKind.Relative));
            return response.StatusCode == status;
        });
        return response!;
    }
}
