using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>What the client sends, what it tries again and what it makes of answers, against a real server with scripted answers.</summary>
public sealed class HttpRunMetricsStoreTests
{
    private const string Import = "POST /run-metrics/import";

    private ShortTimeProvider _time = null!;
    private StubServer _server = null!;
    private HttpRunMetricsStore _store = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _time = new ShortTimeProvider();
        _server = await StubServer.StartAsync();
        _store = HttpRunMetricsStore.Create(_server.Address, time: _time);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _store.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase(408)]
    [TestCase(429)]
    [TestCase(502)]
    [TestCase(503)]
    [TestCase(504)]
    public async Task WriteAsync_answer_that_says_later_is_tried_again(int status)
    {
        _server.Answer(status);

        var results = await WriteAsync(SampleFacts.Run());

        results.ShouldBe([FactResult.Stored]);
        _server.Requests.Count.ShouldBe(2);
    }

    [TestCase(302)]
    [TestCase(400)]
    [TestCase(401)]
    [TestCase(403)]
    [TestCase(404)]
    [TestCase(409)]
    [TestCase(415)]
    [TestCase(422)]
    [TestCase(500)]
    [TestCase(501)]
    [TestCase(505)]
    public async Task WriteAsync_final_answer_is_not_tried_again_and_is_no_rejection(int status)
    {
        _server.Answer(status);

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run()));

        exception.Message.ShouldContain($" {status} ");
        exception.Message.ShouldContain(_server.Address.Authority);
        _server.Requests.Count.ShouldBe(1);
    }

    [Test]
    public async Task WriteAsync_connection_that_breaks_is_tried_again()
    {
        _server.Answers.Enqueue(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        var results = await WriteAsync(SampleFacts.Run());

        results.ShouldBe([FactResult.Stored]);
        _server.Requests.Count.ShouldBe(2);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task WriteAsync_attempt_without_whole_answer_is_given_up_and_tried_again(bool sendsHeaders)
    {
        using var store = HttpRunMetricsStore.Create(_server.Address, options =>
        {
            options.AttemptTimeout = TimeSpan.FromMilliseconds(300);
            options.MaxRetries = 10;
            options.RetryDelay = TimeSpan.FromMilliseconds(1);
        });
        _server.Answers.Enqueue(async context =>
        {
            if (sendsHeaders)
            {
                context.Response.ContentLength = 100;
                await context.Response.StartAsync();
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        var results = await store.WriteAsync([SampleFacts.Run()], CancellationToken.None);

        results.ShouldBe([FactResult.Stored]);
        _server.Requests.Count.ShouldBeGreaterThan(1);
    }

    [Test]
    public async Task WriteAsync_server_that_stays_away_is_tried_four_times_with_growing_waits()
    {
        for (var i = 0; i < 4; i++)
        {
            _server.Answer(503);
        }

        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run()));

        _server.Requests.Count.ShouldBe(4);
        _time.Waits.Count.ShouldBe(3);
    }

    [TestCase(429)]
    [TestCase(503)]
    public async Task WriteAsync_retry_after_is_waited_for_to_the_second(int status)
    {
        _server.Answer(status, retryAfter: "7");

        await WriteAsync(SampleFacts.Run());

        _time.Waits.ShouldBe([TimeSpan.FromSeconds(7)]);
    }

    [Test]
    public async Task WriteAsync_nobody_listens_says_so_without_a_token()
    {
        var address = _server.Address;
        await _server.DisposeAsync();
        using var store = HttpRunMetricsStore.Create(address, options => options.BearerToken = _ => ValueTask.FromResult<string?>("secret"), _time);

        var exception = await Should.ThrowAsync<StoreUnavailableException>(() => store.WriteAsync([SampleFacts.Run()], CancellationToken.None));

        exception.ToString().ShouldNotContain("secret");
        exception.Message.ShouldContain(address.Authority);
    }

    [Test]
    public async Task WriteAsync_token_is_asked_for_before_each_call()
    {
        var calls = 0;
        using var store = HttpRunMetricsStore.Create(_server.Address, options => options.BearerToken = _ => ValueTask.FromResult<string?>($"token-{++calls}"));

        await store.WriteAsync([SampleFacts.Run()], CancellationToken.None);
        await store.WriteAsync([SampleFacts.Run()], CancellationToken.None);

        _server.Requests.Select(request => request.Authorization).ShouldBe(["Bearer token-1", "Bearer token-2"]);
    }

    [Test]
    public async Task WriteAsync_many_facts_travel_by_the_hundred_in_their_order()
    {
        var facts = Enumerable.Range(0, 250).Select(i => SampleFacts.Run($"run-{i}")).ToArray();

        var results = await WriteAsync(facts);

        results.Count.ShouldBe(250);
        _server.Requests.Select(request => request.Body.Count(character => character == '\n')).ShouldBe([100, 100, 50]);
        var sent = string.Concat(_server.Requests.Select(request => request.Body));
        sent.ShouldBe(Lines(facts));
    }

    [Test]
    public async Task WriteAsync_large_facts_travel_in_requests_below_a_megabyte()
    {
        var metadata = SampleFacts.Json($$"""{"log":"{{new string('x', 16_000)}}"}""");
        var facts = Enumerable.Range(0, 100).Select(i => SampleFacts.ClosedPhase($"m-{i}") with { Metadata = metadata }).ToArray();

        await WriteAsync(facts);

        _server.Requests.Count.ShouldBeGreaterThan(1);
        _server.Requests.ShouldAllBe(request => request.Body.Length < 1_000_000);
    }

    [Test]
    public async Task WriteAsync_fact_that_leaves_its_start_open_is_put_in_its_place()
    {
        _server.Answers.Enqueue(context => WriteReportAsync(context, 1));
        _server.Answer(200);

        var results = await WriteAsync(SampleFacts.Run("a"), SampleFacts.Run("b") with { StartedAt = null }, SampleFacts.Run("c"));

        results.Count.ShouldBe(3);
        _server.Requests.Select(request => request.Line).ShouldBe([Import, "PUT /runs/b", Import]);
    }

    [Test]
    public async Task WriteAsync_report_about_other_facts_is_not_believed()
    {
        _server.Answers.Enqueue(context => WriteReportAsync(context, 2));

        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run()));
    }

    [Test]
    public async Task FindRunAsync_unknown_to_some_other_server_is_not_taken_for_an_answer()
    {
        _server.Answer(404);

        await Should.ThrowAsync<StoreUnavailableException>(() => _store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None));
    }

    [TestCase("""{"title":"Not Found","status":404}""")]
    [TestCase("""{"title":"Not Found","status":404,"reason":"unknown_project"}""")]
    public async Task FindRunAsync_not_found_for_another_reason_than_the_run_is_no_answer_about_the_run(string problem)
    {
        _server.AnswerProblem(404, problem);
        _server.AnswerProblem(404, problem);

        await Should.ThrowAsync<StoreUnavailableException>(() => _store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None));
        await Should.ThrowAsync<StoreUnavailableException>(() => _store.DeleteRunAsync("run-1", ProjectAccess.All, CancellationToken.None));
    }

    [Test]
    public async Task FindRunAsync_run_is_unknown_finds_none_and_deletes_none()
    {
        const string Problem = """{"title":"Not Found","status":404,"reason":"unknown_run"}""";
        _server.AnswerProblem(404, Problem);
        _server.AnswerProblem(404, Problem);

        (await _store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldBeNull();
        (await _store.DeleteRunAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldBeFalse();
    }

    [Test]
    public async Task WriteAsync_refused_lines_are_answered_by_the_report_alone()
    {
        _server.AnswerJson(207, """
            {"accepted":1,"unchanged":0,"rejected":2,"errors":[
              {"line":1,"id":"a","reason":"conflict","message":"One. Two.","errors":{"status":["One."],"ended_at":["Two."]}},
              {"line":3,"id":"c","reason":"unknown_project","message":"Three.","errors":{"project_id":["Three."]},"later":1}]}
            """);

        var results = await WriteAsync(SampleFacts.Run("a"), SampleFacts.Run("b"), SampleFacts.Run("c"));

        results[0].Rejection!.ShouldSatisfyAllConditions(
            rejection => rejection.Reason.ShouldBe(FactRejectionReason.Conflict),
            rejection => rejection.Errors.ShouldBe([new FactError("status", "One."), new FactError("ended_at", "Two.")]));
        results[1].ShouldBe(FactResult.Stored);
        results[2].Rejection!.ShouldSatisfyAllConditions(
            rejection => rejection.Reason.ShouldBe(FactRejectionReason.UnknownProject),
            rejection => rejection.Errors.ShouldBe([new FactError("project_id", "Three.")]));
        _server.Requests.Count.ShouldBe(1);
    }

    [Test]
    public async Task WriteAsync_report_that_does_not_list_every_refusal_the_rest_is_sent_again()
    {
        const string Refusal = """{"line":2,"id":"b","reason":"invalid","message":"No.","errors":{"id":["No."]}}""";
        _server.AnswerJson(207, $$"""{"accepted":2,"unchanged":0,"rejected":2,"errors":[{{Refusal}}]}""");
        _server.AnswerJson(207, $$"""{"accepted":0,"unchanged":1,"rejected":1,"errors":[{{Refusal}}]}""");

        var results = await WriteAsync(SampleFacts.Run("a"), SampleFacts.Run("b"), SampleFacts.Run("c"), SampleFacts.Run("d"));

        results.Select(result => result.Disposition).ShouldBe(
            [FactDisposition.Stored, FactDisposition.Rejected, FactDisposition.Unchanged, FactDisposition.Rejected]);
        _server.Requests.Last().Body.ShouldBe(Lines(SampleFacts.Run("c"), SampleFacts.Run("d")));
    }

    [TestCase("""{"accepted":0,"unchanged":0,"rejected":1,"errors":[]}""")]
    [TestCase("""{"accepted":0,"unchanged":0,"rejected":1,"errors":[{"line":2,"id":"b","reason":"invalid","message":"No.","errors":{}}]}""")]
    public async Task WriteAsync_report_that_contradicts_itself_is_not_believed(string report)
    {
        _server.AnswerJson(207, report);

        await Should.ThrowAsync<StoreUnavailableException>(() => WriteAsync(SampleFacts.Run()));
    }

    [Test]
    public async Task WriteAsync_request_that_is_too_large_on_the_way_is_halved_until_one_fact_is()
    {
        _server.Answer(413);
        _server.Answer(413);

        var results = await WriteAsync(SampleFacts.Run("a"), SampleFacts.Run("b"), SampleFacts.Run("c"));

        results.Select(result => result.Disposition).ShouldBe([FactDisposition.Rejected, FactDisposition.Stored, FactDisposition.Stored]);
        _server.Requests.Select(request => request.Body.Count(character => character == '\n')).ShouldBe([3, 1, 2]);
    }

    [Test]
    public async Task WriteAsync_access_that_is_limited_is_refused_and_nothing_is_sent()
    {
        var limited = new FactBatch([SampleFacts.Run()], ProjectAccess.Only(["bop"]), TestDatabase.Now);

        await Should.ThrowAsync<NotSupportedException>(() => _store.WriteAsync([StoreCalls.Batch(SampleFacts.Run()), limited], CancellationToken.None));

        _server.Requests.ShouldBeEmpty();
    }

    [Test]
    public async Task AddRunMetricsClient_retries_like_a_store_without_a_host()
    {
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddRunMetricsClient(_server.Address)
            .BuildServiceProvider();
        _server.Answer(503, retryAfter: "7");

        await services.GetRequiredService<IRunMetricsStore>().WriteAsync([SampleFacts.Run()], CancellationToken.None);

        _server.Requests.Count.ShouldBe(2);
        _time.Waits.ShouldBe([TimeSpan.FromSeconds(7)]);
    }

    [TestCase("ftp://127.0.0.1/", "BaseAddress")]
    [TestCase("http://user:password@127.0.0.1/", "BaseAddress")]
    [TestCase("http://127.0.0.1/?x=1", "BaseAddress")]
    public void Create_address_that_cannot_work_is_refused(string address, string option)
    {
        var exception = Should.Throw<ArgumentException>(() => HttpRunMetricsStore.Create(new Uri(address)));

        exception.Message.ShouldContain(option);
        exception.Message.ShouldNotContain("password");
    }

    [Test]
    public void Create_token_that_would_travel_readably_is_refused()
    {
        var exception = Should.Throw<ArgumentException>(() => HttpRunMetricsStore.Create(
            new Uri("http://metrics.example/"), options => options.BearerToken = _ => ValueTask.FromResult<string?>("secret")));

        exception.Message.ShouldContain("https");
    }

    [Test]
    public void Create_option_out_of_range_is_refused_by_name_and_value()
    {
        var exception = Should.Throw<ArgumentException>(() => HttpRunMetricsStore.Create(_server.Address, options => options.MaxRetries = 11));

        exception.Message.ShouldStartWith("MaxRetries is '11'; accepted: 0 to 10.");
    }

    private static string Lines(params IEnumerable<Fact> facts) =>
        string.Concat(facts.Select(fact => System.Text.Encoding.UTF8.GetString(FactWriter.ToLine(fact)) + "\n"));

    private static Task WriteReportAsync(HttpContext context, int accepted)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"accepted":{{accepted}},"unchanged":0,"rejected":0,"errors":[]}""");
    }

    private Task<IReadOnlyList<FactResult>> WriteAsync(params Fact[] facts) => _store.WriteAsync(facts, CancellationToken.None);
}
