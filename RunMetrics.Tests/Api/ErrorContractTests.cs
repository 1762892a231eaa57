using System.Net;
using System.Text;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>Whatever is sent, the answer says what is wrong in one shape, and it is never the server that failed.</summary>
[OnBothDatabases]
[Parallelizable(ParallelScope.All)]
public sealed class ErrorContractTests(DatabaseKind kind) : ApiFixture(kind)
{
    private const string Run = """{"project_id":"acme","work_order_id":"wo-1"}""";
    private const string Metric = """{"phase":"setup","started_at":"2026-01-12T10:00:00Z"}""";

    private static readonly string[] BodyPaths = ["runs/r", "runs/r/metrics/m"];

    private static IEnumerable<TestCaseData> UnreadableBodies()
    {
        foreach (var path in BodyPaths)
        {
            yield return Unreadable(path, "nothing", "");
            yield return Unreadable(path, "blanks", " \n ");
            yield return Unreadable(path, "an open object", "{");
            yield return Unreadable(path, "text after the object", $"{Run} x");
            yield return Unreadable(path, "two objects", $"{Run}{Run}");
            yield return Unreadable(path, "a trailing comma", """{"project_id":"acme",}""");
            yield return Unreadable(path, "a comment", """{/* why */"project_id":"acme"}""");
            yield return Unreadable(path, "an array", "[]");
            yield return Unreadable(path, "null", "null");
            yield return Unreadable(path, "text", "\"run\"");
            yield return Unreadable(path, "a number", "1");
            yield return Unreadable(path, "not a number", """{"project_id":NaN}""");
            yield return Unreadable(path, "100000 open arrays", new string('[', 100_000));
        }
    }

    [TestCaseSource(nameof(UnreadableBodies))]
    public async Task Put_of_what_is_no_object_answers_400(string path, string body)
    {
        var answer = await PutAsync(path, body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.Count.ShouldBe(1);
    }

    [TestCase("runs/r", new byte[] { (byte)'"', 0xFF, (byte)'"' })]
    [TestCase("runs/r", new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [TestCase("runs/r/metrics/m", new byte[] { (byte)'{', (byte)'"', (byte)'i', (byte)'d', (byte)'"', (byte)':', (byte)'"', 0xC3, (byte)'"', (byte)'}' })]
    public async Task Put_of_invalid_UTF8_answers_400(string path, byte[] body)
    {
        var answer = await ApiAnswer.SendAsync(
            Client, HttpMethod.Put, path, new ByteArrayContent(body) { Headers = { { "Content-Type", ApiAnswer.Json } } });

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.ShouldNotBeEmpty();
    }

    [TestCase("project_id,work_order_id", "{}")]
    [TestCase("project_id,work_order_id", """{"project_id":null,"work_order_id":null}""")]
    [TestCase("project_id,work_order_id", """{"project_id":"","work_order_id":" "}""")]
    [TestCase("project_id,work_order_id", """{"project_id":1,"work_order_id":{}}""")]
    [TestCase("project_id,work_order_id", """{"project_id":"a b","work_order_id":"a/b"}""")]
    [TestCase("project_id,work_order_id", """{"project_id":"\ud800","work_order_id":"😀"}""")]
    [TestCase("project_id,work_order_id", """{"project_id":"a\u0000","work_order_id":"a\n"}""")]
    [TestCase("Project_id,project_id", """{"Project_id":"acme","work_order_id":"wo-1"}""")]
    [TestCase("projectId,project_id", """{"projectId":"acme","work_order_id":"wo-1"}""")]
    [TestCase("colour", """{"project_id":"acme","work_order_id":"wo-1","colour":"red"}""")]
    [TestCase("iteration", """{"project_id":"acme","work_order_id":"wo-1","iteration":1}""")]
    [TestCase("total_seconds", """{"project_id":"acme","work_order_id":"wo-1","total_seconds":1}""")]
    [TestCase("project_id", """{"project_id":"acme","project_id":"acme","work_order_id":"wo-1"}""")]
    [TestCase("id", """{"id":"another","project_id":"acme","work_order_id":"wo-1"}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":"Running"}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":"0"}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":0}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":"running,failed"}""")]
    [TestCase("status", """{"project_id":"acme","work_order_id":"wo-1","status":["running"]}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-02-30T10:00:00Z"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"0001-01-01T00:00:00+14:00"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":1768212000}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","started_at":"9999-12-31T23:59:59Z"}""")]
    [TestCase("ended_at", """{"project_id":"acme","work_order_id":"wo-1","ended_at":"2026-01-12T10:00:00Z","started_at":"2026-01-12T09:00:00Z"}""")]
    [TestCase("ended_at", """{"project_id":"acme","work_order_id":"wo-1","status":"failed","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T09:59:59.999Z"}""")]
    [TestCase("started_at", """{"project_id":"acme","work_order_id":"wo-1","status":"failed","ended_at":"2026-01-12T10:00:00Z"}""")]
    public async Task PutRun_invalid_answers_400_and_names_every_field_at_fault(string fields, string body)
    {
        var id = NewId();

        var answer = await PutAsync($"runs/{id}", body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.Keys.Order(StringComparer.Ordinal).ShouldBe(fields.Split(','));
        (await GetAsync($"runs/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [TestCase("phase,started_at", "{}")]
    [TestCase("phase", """{"phase":"SETUP","started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("phase", """{"phase":"setup, test","started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("phase", """{"phase":0,"started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("iteration", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","iteration":0}""")]
    [TestCase("iteration", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","iteration":"1"}""")]
    [TestCase("iteration", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","iteration":1.5}""")]
    [TestCase("iteration", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","iteration":2147483648}""")]
    [TestCase("iteration", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","iteration":1e400}""")]
    [TestCase("outcome", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","outcome":"approved"}""")]
    [TestCase("outcome", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","outcome":"ok"}""")]
    [TestCase("outcome", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:01:00Z"}""")]
    [TestCase("ended_at", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T09:00:00Z","outcome":"success"}""")]
    [TestCase("ended_at", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","duration_seconds":1,"outcome":"success"}""")]
    [TestCase("duration_seconds", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:01:00Z","duration_seconds":-1,"outcome":"success"}""")]
    [TestCase("metadata", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":[]}""")]
    [TestCase("metadata", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":"{}"}""")]
    [TestCase("metadata.a", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":{"a":1,"a":2}}""")]
    [TestCase("metadata.a[1]", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":{"a":["","\ud800"]}}""")]
    [TestCase("metadata", """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":{"\udc00":1}}""")]
    [TestCase("run_id", """{"run_id":"another","phase":"setup","started_at":"2026-01-12T10:00:00Z"}""")]
    [TestCase("id", """{"id":"another","phase":"setup","started_at":"2026-01-12T10:00:00Z"}""")]
    public async Task PutMetric_invalid_answers_400_and_names_every_field_at_fault(string fields, string body)
    {
        var run = await PutRunAsync();

        var answer = await PutAsync($"runs/{run}/metrics/{NewId()}", body);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.Keys.Order(StringComparer.Ordinal).ShouldBe(fields.Split(','));
        (await GetAsync($"runs/{run}/metrics")).Body.ShouldBe("[]");
    }

    [TestCase(61)]
    [TestCase(500)]
    [TestCase(1050)]
    public async Task PutMetric_with_metadata_of_too_many_levels_answers_400(int levels)
    {
        var run = await PutRunAsync();

        var answer = await PutAsync($"runs/{run}/metrics/{NewId()}", WithMetadata(Nested(levels)));

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.Keys.ShouldBe(["metadata"]);
    }

    [Test]
    public async Task PutMetric_with_the_deepest_metadata_can_be_closed_with_more()
    {
        var path = $"runs/{await PutRunAsync()}/metrics/{NewId()}";
        await PutAsync(path, WithMetadata(Nested(60)));

        var answer = await PutAsync(path, """{"phase":"setup","started_at":"2026-01-12T10:00:00Z","outcome":"failed","metadata":{"b":1}}""");

        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        answer.Body.ShouldEndWith("\"metadata\":" + Nested(60)[..^1] + ",\"b\":1}}");
    }

    [TestCase(16384, HttpStatusCode.Created)]
    [TestCase(16385, HttpStatusCode.BadRequest)]
    public async Task PutMetric_takes_metadata_of_16_KiB_and_no_more(int bytes, HttpStatusCode status)
    {
        var run = await PutRunAsync();

        var answer = await PutAsync(
            $"runs/{run}/metrics/{NewId()}", WithMetadata($$"""{"a":"{{new string('x', bytes - """{"a":""}""".Length)}}"}"""));

        answer.Status.ShouldBe(status, answer.Body);
    }

    [Test]
    public async Task PutRun_with_a_long_value_shows_its_start_alone()
    {
        // The hundredth character is the first half of an emoji.
        var value = new string('x', 99) + string.Concat(Enumerable.Repeat("😀", 1000));

        var answer = await PutAsync($"runs/{NewId()}", $$"""{"project_id":"{{value}}","work_order_id":"wo-1"}""");

        var message = Problem.Read(answer).Errors["project_id"].ShouldHaveSingleItem();
        message.ShouldStartWith($"project_id is '{value[..99]}");
        message.Length.ShouldBeLessThan(250);
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/xml")]
    [TestCase("application/json; charset=nonsense")]
    [TestCase("nonsense")]
    [TestCase(null)]
    public async Task Put_of_another_media_type_answers_415(string? mediaType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Run));
        if (mediaType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        var answer = await ApiAnswer.SendAsync(Client, HttpMethod.Put, $"runs/{NewId()}", content);

        Problem.Read(answer).Status.ShouldBe(415);
    }

    [TestCase("PUT", "runs/r", ApiAnswer.Json)]
    [TestCase("PUT", "runs/r/metrics/m", ApiAnswer.Json)]
    [TestCase("POST", "runs/r/metrics", ApiAnswer.Json)]
    [TestCase("POST", "run-metrics/import", ApiAnswer.Ndjson)]
    public async Task Body_in_another_charset_answers_415(string method, string path, string mediaType)
    {
        foreach (var charset in new[] { "utf-16", "UTF-16", "\"utf-16\"", "utf-16be", "utf-32", "utf-7", "iso-8859-1", "us-ascii", "nonsense", "\"\"" })
        {
            // An odd number of bytes is no UTF-16.
            using var content = new ByteArrayContent([.. Encoding.Unicode.GetBytes(Run), (byte)' ']);
            content.Headers.TryAddWithoutValidation("Content-Type", $"{mediaType}; charset={charset}");

            var answer = await ApiAnswer.SendAsync(Client, new HttpMethod(method), path, content);

            Problem.Read(answer).Status.ShouldBe(415, charset);
        }
    }

    [TestCase("utf-8")]
    [TestCase("UTF-8")]
    [TestCase("\"utf-8\"")]
    public async Task Body_that_says_to_be_UTF8_is_read(string charset)
    {
        using var fact = new ByteArrayContent(Encoding.UTF8.GetBytes(Run));
        fact.Headers.TryAddWithoutValidation("Content-Type", $"{ApiAnswer.Json}; charset={charset}");
        using var lines = new ByteArrayContent(Encoding.UTF8.GetBytes(FactLines.Run(NewId())));
        lines.Headers.TryAddWithoutValidation("Content-Type", $"{ApiAnswer.Ndjson}; charset={charset}");

        var put = await ApiAnswer.SendAsync(Client, HttpMethod.Put, $"runs/{NewId()}", fact);
        var import = await ApiAnswer.SendAsync(Client, HttpMethod.Post, "run-metrics/import", lines);

        put.Status.ShouldBe(HttpStatusCode.Created, put.Body);
        import.Status.ShouldBe(HttpStatusCode.OK, import.Body);
    }

    [TestCase(ApiAnswer.Json)]
    [TestCase("text/plain")]
    [TestCase("nonsense")]
    [TestCase(null)]
    public async Task Import_of_another_media_type_answers_415(string? mediaType)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        if (mediaType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        var answer = await ApiAnswer.SendAsync(Client, HttpMethod.Post, "run-metrics/import", content);

        Problem.Read(answer).Status.ShouldBe(415);
    }

    [TestCase("PATCH", "runs/r")]
    [TestCase("POST", "runs/r")]
    [TestCase("DELETE", "runs/r/metrics")]
    [TestCase("PUT", "runs/r/metrics")]
    [TestCase("GET", "run-metrics/import")]
    [TestCase("POST", "run-metrics/summary")]
    [TestCase("POST", "repos/acme/run-metrics/summary")]
    [TestCase("POST", "health/ready")]
    [TestCase("POST", "openapi/v1.json")]
    [TestCase("TRACE", "runs/r")]
    public async Task Send_with_another_method_answers_405(string method, string path)
    {
        var answer = await ApiAnswer.SendAsync(Client, new HttpMethod(method), path);

        Problem.Read(answer).Status.ShouldBe(405);
    }

    [TestCase("")]
    [TestCase("nothing")]
    [TestCase("runs")]
    [TestCase("runs/")]
    [TestCase("runs/r/metrics/m/more")]
    [TestCase("runs/..")]
    [TestCase("runs/%2e%2e/metrics")]
    [TestCase("repos//run-metrics/summary")]
    [TestCase("openapi/v2.json")]
    public async Task Get_of_an_unknown_path_answers_404(string path)
    {
        var answer = await GetAsync(path);

        Problem.Read(answer).Status.ShouldBe(404);
    }

    [TestCase("a%20b")]
    [TestCase("%F0%9F%98%80")]
    [TestCase("%ff")]
    [TestCase("a%2Fb")]
    [TestCase("a%0Ab")]
    [TestCase("%27%3B--")]
    [TestCase("a%5Cb")]
    public async Task Path_with_an_impossible_id_finds_nothing_and_records_nothing(string id)
    {
        var get = await GetAsync($"runs/{id}");
        var list = await GetAsync($"runs/{id}/metrics");
        var delete = await DeleteAsync($"runs/{id}");
        var put = await PutAsync($"runs/{id}", Run);
        var post = await PostAsync($"runs/{id}/metrics", Metric);
        var putMetric = await PutAsync($"runs/{await PutRunAsync()}/metrics/{id}", Metric);

        foreach (var answer in new[] { get, list, delete })
        {
            Problem.Read(answer).Status.ShouldBe(404);
        }

        Problem.Read(put).Errors.Keys.ShouldBe(["id"]);
        Problem.Read(post).Errors.Keys.ShouldBe(["run_id"]);
        Problem.Read(putMetric).Errors.Keys.ShouldBe(["id"]);
    }

    [TestCase(128, HttpStatusCode.Created)]
    [TestCase(129, HttpStatusCode.BadRequest)]
    [TestCase(5000, HttpStatusCode.BadRequest)]
    public async Task PutRun_takes_an_id_of_128_characters_and_no_more(int length, HttpStatusCode status)
    {
        var answer = await PutAsync($"runs/{new string('a', length)}", Run);

        answer.Status.ShouldBe(status, answer.Body);
    }

    [TestCase("runs/a%00b")]
    [TestCase("repos/%00/run-metrics/summary")]
    public async Task Get_with_an_encoded_NUL_answers_400(string path)
    {
        // The server refuses the request before the application sees it.
        var answer = await GetAsync(path);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [TestCase("recent", "run-metrics/summary?recent=ten")]
    [TestCase("recent", "run-metrics/summary?recent=")]
    [TestCase("recent", "run-metrics/summary?recent")]
    [TestCase("recent", "run-metrics/summary?recent=-1")]
    [TestCase("recent", "run-metrics/summary?recent=201")]
    [TestCase("recent", "run-metrics/summary?recent=1.5")]
    [TestCase("recent", "run-metrics/summary?recent=99999999999999999999")]
    [TestCase("recent", "run-metrics/summary?recent=1&recent=1")]
    [TestCase("recent", "run-metrics/summary?recent=%ff")]
    [TestCase("recent", "repos/acme/run-metrics/summary?recent=%00")]
    [TestCase("Recent", "run-metrics/summary?Recent=1")]
    [TestCase("limit", "repos/acme/run-metrics/summary?limit=1")]
    [TestCase("", "run-metrics/summary?=1")]
    [TestCase("recent", "runs/r?recent=1")]
    [TestCase("a[b", "runs/r/metrics?a[b=1")]
    [TestCase("verbose", "health/live?verbose=1")]
    public async Task Get_with_a_bad_query_answers_400_and_names_the_parameter(string parameter, string path)
    {
        var answer = await GetAsync(path);

        answer.Status.ShouldBe(HttpStatusCode.BadRequest, answer.Body);
        Problem.Read(answer).Errors.Keys.ShouldBe([parameter]);
    }

    [Test]
    public async Task Put_with_a_query_parameter_answers_400_and_records_nothing()
    {
        var id = NewId();

        var answer = await PutAsync($"runs/{id}?force=true", Run);

        Problem.Read(answer).Errors.Keys.ShouldBe(["force"]);
        (await GetAsync($"runs/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Put_of_more_than_a_MiB_answers_413(bool isChunked)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Run.PadRight((1024 * 1024) + 1)));
        content.Headers.ContentType = new(ApiAnswer.Json);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"runs/{NewId()}") { Content = content };

        // The server need not read what it refuses, so wait for its word before sending.
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = isChunked;

        using var response = await Client.SendAsync(request);

        var body = await response.Content.ReadAsStringAsync();
        Problem.Read(new ApiAnswer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body)).Status.ShouldBe(413);
    }

    [TestCase("text/html")]
    [TestCase("text/plain")]
    [TestCase("text/json")]
    [TestCase("application/xml;q=0.9, image/png")]
    [TestCase("nonsense")]
    public async Task Answer_is_JSON_whatever_is_accepted(string accept)
    {
        var run = await PutRunAsync();

        var found = await ApiAnswer.SendAsync(Client, HttpMethod.Get, $"runs/{run}", accept: accept);
        var notFound = await ApiAnswer.SendAsync(Client, HttpMethod.Get, $"runs/{NewId()}", accept: accept);
        var unknownPath = await ApiAnswer.SendAsync(Client, HttpMethod.Get, "nothing", accept: accept);

        found.Status.ShouldBe(HttpStatusCode.OK);
        found.MediaType.ShouldBe("application/json");
        Problem.Read(notFound).Status.ShouldBe(404);
        Problem.Read(unknownPath).Status.ShouldBe(404);
    }

    private static TestCaseData Unreadable(string path, string name, string body) =>
        new TestCaseData(path, body).SetArgDisplayNames(path, name);

    private static string WithMetadata(string metadata) =>
        $$"""{"phase":"setup","started_at":"2026-01-12T10:00:00Z","metadata":{{metadata}}}""";

    private static string Nested(int levels) =>
        $"{string.Concat(Enumerable.Repeat("""{"a":""", levels))}1{new string('}', levels)}";
}
