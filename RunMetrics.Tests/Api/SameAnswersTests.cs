using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>Whoever asks cannot tell which database answers: the same calls in the same order are answered by the same bytes.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed partial class SameAnswersTests
{
    private const string Csv = "text/csv";

    private static readonly DatabaseKind[] Kinds = [DatabaseKind.Sqlite, DatabaseKind.PostgreSql];

    private static readonly string[] Questions =
    [
        "run-metrics/summary", "run-metrics/summary?recent=200", "run-metrics/summary?as_of=2026-02-02T10:22:30Z", "run-metrics/summary?as_of=0001-01-01T00:00:00Z",
        "run-metrics/statistics", "run-metrics/statistics?group_by=label:model", "run-metrics/statistics?group_by=label:absent",
        "run-metrics/statistics?as_of=2026-02-02T10:22:30Z", "run-metrics/statistics?as_of=0001-01-01T00:00:00Z&group_by=label:model",
        "run-metrics/statistics?as_of=9999-12-31T23:59:59.999Z", "run-metrics/statistics?since=2026-02-02T09:00:00.001Z&until=9999-12-31T23:59:59.999Z",
        "run-metrics/statistics?status=failed", "run-metrics/statistics?work_order_id=001-feed", "run-metrics/statistics?label=model:100%25%20_%25",
        "run-metrics/statistics?since=0001-01-01T00:00:00Z&until=0001-01-01T00:00:00.001Z",
        "run-metrics/export", "run-metrics/export?repo=acme/shop", "run-metrics/export?repo=edge/a", "run-metrics/export?since=0001-01-01T00:00:00.001Z",
        "run-metrics/export?until=9999-12-31T23:59:59.999Z", "run-metrics/export?repo=nobody",
        "repos", "repos?limit=200", "runs/nobody", "runs/nobody/metrics", "repos/nobody/runs", "health/ready",
    ];

    private static readonly string[] QuestionsOfProjects =
    [
        "runs", "runs?limit=200", "runs?status=running", "runs?since=0001-01-01T00:00:00.001Z", "runs?until=2026-02-02T10:00:00Z", "run-metrics/summary",
        "run-metrics/summary?recent=1&as_of=2026-02-02T10:22:30Z", "run-metrics/statistics", "run-metrics/statistics?group_by=label:model&as_of=2026-02-02T11:00:00Z",
    ];

    private static readonly string[] Figures =
        ["statistics?group_by=label:model", "statistics?as_of=2026-01-12T09:01:00Z&group_by=label:size", "summary?recent=200"];

    private readonly List<(TestDatabase Database, ApiProcess Api)> _both = [];
    private ApiAnswer[] _reports = null!;

    [OneTimeSetUp]
    public async Task StartBothAsync()
    {
        _both.AddRange(await Task.WhenAll(Kinds.Select(async kind =>
        {
            var database = await TestDatabase.CreateAsync(kind);
            return (database, await ApiProcess.StartAsync(database.Target));
        })));

        var facts = await File.ReadAllBytesAsync(SampleFacts.FilePath);
        _reports = await AskBothAsync(client => ApiAnswer.ImportAsync(client, [.. facts, .. EdgeFacts.Bytes]));
    }

    [OneTimeTearDown]
    public async Task EndBothAsync()
    {
        foreach (var (database, api) in _both)
        {
            api.Dispose();
            await database.DisposeAsync();
        }
    }

    [Test]
    public async Task Import_is_reported_in_the_same_words_and_so_is_its_repetition()
    {
        var again = await AskBothAsync(client => ApiAnswer.ImportAsync(client, EdgeFacts.Bytes));

        JsonNode.Parse(_reports[0].Body)!["accepted"]!.GetValue<int>().ShouldBe(18 + EdgeFacts.Accepted.Count, _reports[0].Body);
        JsonNode.Parse(_reports[0].Body)!["rejected"]!.GetValue<int>().ShouldBe(EdgeFacts.Refused.Count, _reports[0].Body);
        _reports[1].ShouldBe(_reports[0]);
        JsonNode.Parse(again[0].Body)!["unchanged"]!.GetValue<int>().ShouldBe(EdgeFacts.Accepted.Count, again[0].Body);
        again[1].ShouldBe(again[0]);
    }

    [Test]
    public async Task Every_question_is_answered_by_the_same_bytes_under_the_same_tag()
    {
        var questions = Questions.ToList();
        var projects = JsonNode.Parse((await ApiAnswer.GetAsync(_both[0].Api.Client, "repos?limit=200")).Body)!["items"]!.AsArray();
        foreach (var project in projects.Select(project => Uri.EscapeDataString((string)project!["id"]!)))
        {
            questions.AddRange(QuestionsOfProjects.Select(question => $"repos/{project}/{question}"));
            var runs = JsonNode.Parse((await ApiAnswer.GetAsync(_both[0].Api.Client, $"repos/{project}/runs?limit=200")).Body)!["items"]!.AsArray();
            questions.AddRange(runs.Select(run => (string)run!["id"]!).SelectMany(run => new[] { $"runs/{run}", $"runs/{run}/metrics" }));
        }

        projects.Count.ShouldBeGreaterThan(5);
        foreach (var question in questions)
        {
            var answers = await AskBothAsync(client => AskAsync(client, question));

            answers[1].ShouldBe(answers[0], question);
        }

        var tables = await AskBothAsync(client => ApiAnswer.SendAsync(client, HttpMethod.Get, "run-metrics/export", accept: Csv));
        tables[0].MediaType.ShouldBe(Csv);
        tables[1].ShouldBe(tables[0]);
    }

    [TestCase("repos")]
    [TestCase("repos/edge%2Fmany/runs")]
    public async Task Pages_are_the_same_and_a_cursor_of_one_database_leads_on_in_the_other(string list)
    {
        var cursor = "";
        var pages = 0;
        do
        {
            var answers = await AskBothAsync(client => ApiAnswer.GetAsync(client, $"{list}?limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}"));

            answers[1].ShouldBe(answers[0], cursor);
            cursor = (string?)JsonNode.Parse(answers[pages++ % 2].Body)!["next_cursor"];
        }
        while (cursor is not null);

        pages.ShouldBeGreaterThan(2);
    }

    [Test]
    public async Task Export_of_one_database_is_nothing_new_to_the_other()
    {
        var exports = await AskBothAsync(client => ApiAnswer.GetAsync(client, "run-metrics/export"));

        var report = await ApiAnswer.ImportAsync(_both[1].Api.Client, System.Text.Encoding.UTF8.GetBytes(exports[0].Body));

        var facts = exports[0].Body.Count(character => character == '\n');
        facts.ShouldBeGreaterThanOrEqualTo(18 + EdgeFacts.Accepted.Count);
        report.Body.ShouldBe($$"""{"accepted":0,"unchanged":{{facts}},"rejected":0,"errors":[]}""");
    }

    [Test]
    public async Task Every_write_is_answered_in_the_same_words()
    {
        const string Run = """{"project_id":"writes","work_order_id":"wo","started_at":"2026-01-12T10:00:00.0009Z"}""";
        const string Ended = """{"project_id":"writes","work_order_id":"wo","status":"failed","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:00:01Z"}""";
        const string Phase = """{"id":"w.1","phase":"test","started_at":"0001-01-01T00:00:00Z","ended_at":"9999-12-31T23:59:59.999Z","duration_seconds":2147483647,"outcome":"success"}""";
        (HttpMethod Method, string Path, string Body)[] writes =
        [
            (HttpMethod.Put, "runs/w", Run), (HttpMethod.Put, "runs/w", Run), (HttpMethod.Put, "runs/w", Ended), (HttpMethod.Put, "runs/w", Ended),
            (HttpMethod.Put, "runs/w", Run), (HttpMethod.Put, "runs/w", Ended.Replace("failed", "succeeded", StringComparison.Ordinal)),
            (HttpMethod.Put, "runs/w", Run.Replace("writes", "others", StringComparison.Ordinal)),
            (HttpMethod.Put, "runs/z", Run.Replace("2026", "0000", StringComparison.Ordinal)), (HttpMethod.Put, "runs/z", Run.Replace("\"wo\"", "\"w\\u0000\"", StringComparison.Ordinal)),
            (HttpMethod.Put, $"runs/{new string('z', 129)}", Run), (HttpMethod.Put, "runs/z%00", Run), (HttpMethod.Get, "runs/z%00/metrics", ""),
            (HttpMethod.Post, "runs/w/metrics", Phase), (HttpMethod.Post, "runs/w/metrics", Phase), (HttpMethod.Put, "runs/w/metrics/w.1", Phase),
            (HttpMethod.Put, "runs/w/metrics/w.1", Phase.Replace("success", "failed", StringComparison.Ordinal)),
            (HttpMethod.Put, "runs/shop.001-login/metrics/w.1", Phase), (HttpMethod.Put, "runs/nobody/metrics/w.9", Phase.Replace("w.1", "w.9", StringComparison.Ordinal)),
            (HttpMethod.Put, "runs/w/metrics/w.2", """{"phase":"builder","iteration":2147483647,"started_at":"2026-01-12T10:00:00Z","metadata":{"a":"\u0000\ud800"}}"""),
            (HttpMethod.Put, "runs/w/metrics/w.3", """{"phase":"builder","iteration":2147483648,"started_at":"2026-01-12T10:00:00Z"}"""),
            (HttpMethod.Get, "runs/w", ""), (HttpMethod.Get, "runs/w/metrics", ""), (HttpMethod.Delete, "runs/w", ""), (HttpMethod.Delete, "runs/w", ""),
            (HttpMethod.Get, "repos/writes/runs", ""), (HttpMethod.Get, "runs/w/metrics", ""),
        ];
        var statuses = new List<int>();

        foreach (var (method, path, body) in writes)
        {
            var answers = await AskBothAsync(client => ApiAnswer.SendAsync(client, method, path, body));

            Untraced(answers[1]).ShouldBe(Untraced(answers[0]), $"{method} {path} {body}");
            statuses.Add((int)answers[0].Status);
        }

        statuses.Distinct().Order().ShouldBe([200, 201, 204, 400, 404, 409]);
    }

    [Test]
    public Task Any_history_has_the_same_figures() => RandomHistories.Runs.Array[20, 40].SampleAsync(
        async history =>
        {
            // A project of its own each, so that the figures are those of this history.
            var prefix = Guid.CreateVersion7().ToString("D");
            string[] lines =
            [
                .. history.SelectMany(one => (Fact[])[one.Run with { ProjectId = $"{prefix}/{one.Run.ProjectId}" }, .. one.Phases])
                    .Select(fact => System.Text.Encoding.UTF8.GetString(FactWriter.ToLine(fact))),
            ];
            var reports = await AskBothAsync(client => ApiAnswer.ImportAsync(client, lines));
            reports[1].ShouldBe(reports[0]);

            foreach (var project in new[] { $"{prefix}%2Fa", $"{prefix}%2Fb" })
            {
                foreach (var question in Figures)
                {
                    var answers = await AskBothAsync(client => AskAsync(client, $"repos/{project}/run-metrics/{question}"));

                    answers[1].ShouldBe(answers[0], question);
                }
            }
        },
        iter: 10,
        threads: 1);

    /// <summary>A problem without what is new each time.</summary>
    private static ApiAnswer Untraced(ApiAnswer answer) => answer with { Body = TraceId().Replace(answer.Body, "") };

    /// <summary>The answer with its tag, if it has one.</summary>
    private static async Task<(ApiAnswer Answer, EntityTagHeaderValue? Tag)> AskAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        var answer = new ApiAnswer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
        return (Untraced(answer), response.Headers.ETag);
    }

    private async Task<T[]> AskBothAsync<T>(Func<HttpClient, Task<T>> ask) => await Task.WhenAll(_both.Select(one => ask(one.Api.Client)));

    [GeneratedRegex("\"trace_id\":\"[^\"]*\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TraceId();
}
