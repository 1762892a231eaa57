using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.All)]
public sealed partial class OpenApiDocumentTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private static readonly string[] Operations =
    [
        "delete /runs/{runId}",
        "get /health/live",
        "get /health/ready",
        "get /repos",
        "get /repos/{id}/run-metrics/statistics",
        "get /repos/{id}/run-metrics/summary",
        "get /repos/{id}/runs",
        "get /run-metrics/export",
        "get /run-metrics/statistics",
        "get /run-metrics/summary",
        "get /runs/{runId}",
        "get /runs/{runId}/metrics",
        "post /run-metrics/import",
        "post /runs/{runId}/metrics",
        "put /runs/{runId}",
        "put /runs/{runId}/metrics/{metricId}",
    ];

    private JsonObject _document = null!;

    [OneTimeSetUp]
    public async Task ReadDocumentAsync() =>
        _document = JsonNode.Parse((await GetAsync("openapi/v1.json")).Body)!.AsObject();

    [Test]
    public async Task Document_is_the_committed_one()
    {
        var committed = JsonNode.Parse(await File.ReadAllTextAsync(Repository.File("docs", "openapi.json")));

        JsonNode.DeepEquals(_document, committed).ShouldBeTrue(
            "The API answers another document than docs/openapi.json. If the change is meant, start the API and update the file: "
            + "curl -s http://localhost:5080/openapi/v1.json > docs/openapi.json");
    }

    [Test]
    public async Task Document_can_be_loaded_without_complaint()
    {
        using var stream = await Client.GetStreamAsync(new Uri("openapi/v1.json", UriKind.Relative));

        var read = await Microsoft.OpenApi.OpenApiDocument.LoadAsync(stream, "json");

        read.Diagnostic!.Errors.ShouldBeEmpty();
        read.Diagnostic.Warnings.ShouldBeEmpty();
    }

    [Test]
    public void Document_has_every_operation()
    {
        var operations = Paths().Select(path => $"{path.Method} {path.Path}").Order(StringComparer.Ordinal);

        operations.ShouldBe(Operations);
    }

    [Test]
    public void Operations_have_a_name_of_their_own_a_summary_and_described_parameters()
    {
        var operations = Paths().Select(path => path.Operation).ToList();

        operations.Select(operation => (string?)operation["operationId"]).ShouldAllBe(id => !string.IsNullOrEmpty(id));
        operations.Select(operation => (string?)operation["operationId"]).Distinct(StringComparer.Ordinal).Count().ShouldBe(operations.Count);
        operations.ShouldAllBe(operation => !string.IsNullOrEmpty((string?)operation["summary"]));
        operations.SelectMany(operation => operation["parameters"]?.AsArray() ?? []).ShouldAllBe(parameter => IsDescribed(parameter));
    }

    [Test]
    public void Operations_answer_JSON_and_their_errors_as_problem_details()
    {
        var answers = Paths()
            .SelectMany(path => path.Operation["responses"]!.AsObject())
            .SelectMany(answer => (answer.Value!["content"]?.AsObject() ?? []).Select(content => (Status: answer.Key, Media: content.Key, content.Value)));

        foreach (var (status, media, content) in answers)
        {
            var isError = status[0] is '4' or '5';
            media.ShouldBeOneOf(isError ? ["application/problem+json"] : ["application/json", "application/x-ndjson", "text/csv"]);
            if (isError)
            {
                ((string?)content!["schema"]!["$ref"]).ShouldBe("#/components/schemas/ProblemDetails");
            }
        }
    }

    [TestCase("put", "/runs/{runId}", "200,201,400,401,403,404,409,413,415,429,500,503,504")]
    [TestCase("put", "/runs/{runId}/metrics/{metricId}", "200,201,400,401,403,404,409,413,415,429,500,503,504")]
    [TestCase("post", "/runs/{runId}/metrics", "200,201,400,401,403,404,409,413,415,429,500,503,504")]
    [TestCase("get", "/runs/{runId}/metrics", "200,304,400,401,403,404,429,500,503,504")]
    [TestCase("delete", "/runs/{runId}", "204,400,401,403,404,429,500,503,504")]
    [TestCase("post", "/run-metrics/import", "200,207,400,401,403,415,429,500,503")]
    [TestCase("get", "/repos/{id}/run-metrics/summary", "200,304,400,401,403,404,429,500,503,504")]
    [TestCase("get", "/repos/{id}/run-metrics/statistics", "200,304,400,401,403,404,429,500,503,504")]
    [TestCase("get", "/repos/{id}/runs", "200,304,400,401,403,404,429,500,503,504")]
    [TestCase("get", "/run-metrics/export", "200,400,401,403,429,500,503")]
    [TestCase("get", "/repos", "200,304,400,401,403,429,500,503,504")]
    [TestCase("get", "/health/ready", "200,304,400,401,403,429,500,503,504")]
    public void Operation_names_every_status_it_answers(string method, string path, string statuses)
    {
        var responses = _document["paths"]![path]![method]!["responses"]!.AsObject();

        string.Join(',', responses.Select(response => response.Key).Order(StringComparer.Ordinal)).ShouldBe(statuses);
    }

    [TestCase("RunPhase", "setup,builder,test,reviewer,merge")]
    [TestCase("PhaseOutcome", "success,failed,changes_requested,approved,skipped")]
    [TestCase("RunStatus", "running,succeeded,failed,cancelled")]
    [TestCase("FactRejectionReason", "unreadable,invalid,unknown_run,unknown_project,conflict")]
    public void Enumeration_is_a_component_with_its_names(string name, string names)
    {
        var component = Schema(name);

        ((string?)component["type"]).ShouldBe("string");
        string.Join(',', component["enum"]!.AsArray().Select(value => (string?)value)).ShouldBe(names);
        IsDescribed(component).ShouldBeTrue();
    }

    [Test]
    public void Fields_are_all_described_in_the_words_of_the_contract()
    {
        Fields().Where(field => !IsDescribed(field.Schema) && !(field.Schema["oneOf"]?.AsArray() ?? []).Any(IsDescribed))
            .Select(field => field.Name).ShouldBeEmpty();
        Fields().Where(field => field.Schema.ToJsonString().Contains("DateTimeOffset", StringComparison.Ordinal)
                || field.Schema.ToJsonString().Contains("Identifiers", StringComparison.Ordinal)
                || field.Schema.ToJsonString().Contains("EndedAt", StringComparison.Ordinal))
            .Select(field => field.Name).ShouldBeEmpty();
    }

    [Test]
    public void Descriptions_name_no_member_of_the_code()
    {
        var descriptions = Nodes(_document).OfType<JsonObject>().Select(node => node["description"]).OfType<JsonValue>().Select(text => (string)text!);

        descriptions.Where(text => CodeMember().IsMatch(text)).ShouldBeEmpty();
    }

    /// <summary>A field with a default is always there, as openapi-typescript takes it, so that a body without it would not compile.</summary>
    [Test]
    public void Fields_have_no_default() =>
        Fields().Where(field => field.Schema["default"] is not null).Select(field => field.Name).ShouldBeEmpty();

    /// <summary>Generators take an object of which nothing else is said for one that never has a field.</summary>
    [Test]
    public void Objects_say_what_fields_they_have()
    {
        var objects = Nodes(_document["components"]!).OfType<JsonObject>().Where(node => Types(node).Contains("object", StringComparer.Ordinal)).ToList();

        objects.ShouldNotBeEmpty();
        objects.ShouldAllBe(node => node.ContainsKey("additionalProperties"));
    }

    /// <summary>Generators make a type of each place that lists the names.</summary>
    [Test]
    public void Names_of_an_enumeration_are_listed_once()
    {
        var lists = Nodes(_document).OfType<JsonObject>().Select(node => node["enum"]).OfType<JsonArray>().Select(names => names.ToJsonString()).ToList();

        lists.Count.ShouldBe(4);
        lists.ShouldBeUnique(StringComparer.Ordinal);
    }

    [Test]
    public void Lines_of_facts_are_a_stream_of_bytes()
    {
        JsonNode?[] contents =
        [
            _document["paths"]!["/run-metrics/import"]!["post"]!["requestBody"]!["content"]!["application/x-ndjson"],
            _document["paths"]!["/run-metrics/export"]!["get"]!["responses"]!["200"]!["content"]!["application/x-ndjson"],
            _document["paths"]!["/run-metrics/export"]!["get"]!["responses"]!["200"]!["content"]!["text/csv"],
        ];

        contents.Select(content => WithoutDescriptions(content!["schema"]!).ToJsonString()).ShouldAllBe(schema => schema == """{"type":"string","format":"binary"}""");
    }

    [TestCase("PhaseMetricRecord", "started_at", """{"type":"string","format":"date-time"}""")]
    [TestCase("PhaseMetricRecord", "ended_at", """{"type":["null","string"],"format":"date-time"}""")]
    [TestCase("PhaseMetricRecord", "duration_seconds", """{"type":["null","integer"],"format":"int32","minimum":0,"maximum":2147483647}""")]
    [TestCase("PhaseMetricRecord", "outcome", """{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/PhaseOutcome"}]}""")]
    [TestCase("PhaseMetricRecord", "metadata", """{"type":["null","object"],"additionalProperties":{}}""")]
    [TestCase("PhaseMetricRecord", "phase", """{"$ref":"#/components/schemas/RunPhase"}""")]
    [TestCase("PhaseMetricFact", "started_at", """{"type":"string","format":"date-time"}""")]
    [TestCase("PhaseMetricFact", "iteration", """{"type":["null","integer"],"format":"int32","minimum":1,"maximum":2147483647}""")]
    [TestCase("PhaseMetricFact", "id", """{"type":["null","string"],"pattern":"^[A-Za-z0-9._:-]+$","maxLength":128}""")]
    [TestCase("PhaseMetricFact", "phase", """{"$ref":"#/components/schemas/RunPhase"}""")]
    [TestCase("PhaseMetricFact", "outcome", """{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/PhaseOutcome"}]}""")]
    [TestCase("PhaseMetricFact", "metadata", """{"type":["null","object"],"additionalProperties":{}}""")]
    [TestCase("RunFact", "project_id", """{"type":"string","pattern":"^[A-Za-z0-9._:/-]+$","maxLength":128}""")]
    [TestCase("RunFact", "started_at", """{"type":["null","string"],"format":"date-time"}""")]
    [TestCase("RunFact", "status", """{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/RunStatus"}]}""")]
    [TestCase("RunFact", "labels", """{"type":["null","object"],"additionalProperties":{"type":"string"}}""")]
    [TestCase("ProblemDetails", "reason", """{"$ref":"#/components/schemas/FactRejectionReason"}""")]
    [TestCase("FactLine", "run", """{"$ref":"#/components/schemas/RunFact"}""")]
    [TestCase("FactLine", "phase_metric", """{"$ref":"#/components/schemas/PhaseMetricFact"}""")]
    [TestCase("RecentRun", "run_id", """{"type":"string"}""")]
    [TestCase("RecentRun", "status", """{"$ref":"#/components/schemas/RunStatus"}""")]
    [TestCase("RecentRun", "started_at", """{"type":"string","format":"date-time"}""")]
    [TestCase("RunRecord", "ended_at", """{"type":["null","string"],"format":"date-time"}""")]
    public void Field_has_the_type_of_the_contract(string schema, string field, string expected)
    {
        var actual = WithoutDescriptions(Schema(schema)["properties"]![field]!);

        JsonNode.DeepEquals(actual, JsonNode.Parse(expected)).ShouldBeTrue(actual.ToJsonString());
    }

    [TestCase("RunFact", "project_id,work_order_id")]
    [TestCase("PhaseMetricFact", "phase,started_at")]
    [TestCase("ImportError", "line,id,reason,message,errors")]
    [TestCase("ProblemDetails", "type,title,status,trace_id")]
    public void Schema_requires_the_fields_that_are_always_there(string schema, string fields)
    {
        Schema(schema)["required"]!.AsArray().Select(field => (string?)field).ShouldBe(fields.Split(','));
        ((bool?)Schema(schema)["additionalProperties"]).ShouldBe(false);
    }

    [TestCase("/runs/{runId}/metrics/{metricId}", "put", "runId", "^[A-Za-z0-9._:-]{1,128}$")]
    [TestCase("/runs/{runId}/metrics/{metricId}", "put", "metricId", "^[A-Za-z0-9._:-]{1,128}$")]
    [TestCase("/repos/{id}/run-metrics/summary", "get", "id", "^([A-Za-z0-9._:-]|%2[Ff]){1,128}$")]
    public void Id_in_a_path_has_its_pattern(string path, string method, string parameter, string pattern)
    {
        var parameters = _document["paths"]![path]![method]!["parameters"]!.AsArray();

        var schema = parameters.Single(known => (string?)known!["name"] == parameter)!["schema"]!;
        ((string?)schema["pattern"]).ShouldBe(pattern);
    }

    [Test]
    public void Recent_has_its_range_and_default()
    {
        var parameter = _document["paths"]!["/run-metrics/summary"]!["get"]!["parameters"]!.AsArray()
            .Single(parameter => (string?)parameter!["name"] == "recent")!;

        var expected = JsonNode.Parse("""{"type":"integer","format":"int32","minimum":0,"maximum":200,"default":10}""");
        JsonNode.DeepEquals(parameter["schema"], expected).ShouldBeTrue(parameter.ToJsonString());
        parameter["required"].ShouldBeNull();
    }

    private static bool IsDescribed(JsonNode? node) => !string.IsNullOrEmpty((string?)node?["description"]);

    private static JsonNode WithoutDescriptions(JsonNode node)
    {
        var copy = node.DeepClone();
        foreach (var schema in (copy["oneOf"]?.AsArray() ?? []).Append(copy))
        {
            schema!.AsObject().Remove("description");
        }

        return copy;
    }

    private static IEnumerable<string?> Types(JsonObject node) =>
        node["type"] is JsonArray types ? types.Select(type => (string?)type) : node["type"] is JsonValue type ? [(string?)type] : [];

    /// <summary>The node and all in it.</summary>
    private static IEnumerable<JsonNode> Nodes(JsonNode node) => node switch
    {
        JsonObject fields => fields.Select(field => field.Value).OfType<JsonNode>().SelectMany(Nodes).Prepend(node),
        JsonArray items => items.OfType<JsonNode>().SelectMany(Nodes).Prepend(node),
        _ => [node],
    };

    private IReadOnlyList<(string Name, JsonNode Schema)> Fields() =>
    [
        .. _document["components"]!["schemas"]!.AsObject()
            .SelectMany(schema => (schema.Value!["properties"]?.AsObject() ?? []).Select(field => ($"{schema.Key}.{field.Key}", field.Value!))),
    ];

    private JsonObject Schema(string name) => _document["components"]!["schemas"]![name]!.AsObject();

    private IEnumerable<(string Path, string Method, JsonObject Operation)> Paths() =>
        _document["paths"]!.AsObject().SelectMany(path =>
            path.Value!.AsObject().Select(operation => (path.Key, operation.Key, operation.Value!.AsObject())));

    [GeneratedRegex(@"\b[A-Z]\w+\.[A-Z]\w+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeMember();
}
