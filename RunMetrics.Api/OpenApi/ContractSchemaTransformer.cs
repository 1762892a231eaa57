using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RunMetrics.Api.Errors;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Api.OpenApi;

/// <summary>
/// Says in the document what the types cannot: terms, alphabets, ranges and defaults. Where the documentation of a type speaks of members by
/// their names in code, the text is given here by their names in JSON.
/// </summary>
internal sealed class ContractSchemaTransformer : IOpenApiSchemaTransformer
{
    private const string DateTimeFormat = "date-time";

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        var value = Nullable.GetUnderlyingType(type) ?? type;
        if (value == typeof(RunPhase))
        {
            DescribeTerms(schema, EnumNames.Of<RunPhase>(), "A phase of a run, in the order in which a run goes through them.");
        }
        else if (value == typeof(PhaseOutcome))
        {
            DescribeTerms(schema, EnumNames.Of<PhaseOutcome>(), "How a closed phase came out; approved and changes_requested are verdicts of the reviewer phase alone.");
        }
        else if (value == typeof(RunStatus))
        {
            DescribeTerms(schema, EnumNames.Of<RunStatus>(), "Where a run stands. It leaves running once and never returns.");
        }
        else if (value == typeof(DateTimeOffset))
        {
            schema.Type = value == type || IsStartOfPhase(context) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = DateTimeFormat;
        }
        else if (type == typeof(RunFact))
        {
            DescribeRunFact(schema);
        }
        else if (type == typeof(PhaseMetricFact))
        {
            DescribePhaseMetricFact(schema);
        }
        else if (type == typeof(RunRecord))
        {
            Describe(schema, "total_seconds", seconds => seconds.Minimum = "0");
            Describe(schema, "iteration", iteration => iteration.Minimum = "1");
        }
        else if (type == typeof(PhaseMetricRecord))
        {
            DescribePhaseMetricRecord(schema);
        }
        else if (type == typeof(ProblemDetails))
        {
            DescribeProblem(schema);
        }

        return Task.CompletedTask;
    }

    /// <summary>The one instant that a fact may leave null in code, where it is judged, but not in JSON.</summary>
    private static bool IsStartOfPhase(OpenApiSchemaTransformerContext context) =>
        context.JsonPropertyInfo is { Name: "started_at" } property && property.DeclaringType == typeof(PhaseMetricFact);

    private static void DescribeTerms<T>(OpenApiSchema schema, EnumNames<T> terms, string description)
        where T : struct, Enum
    {
        schema.Type = JsonSchemaType.String;
        schema.Enum = ToEnum(terms);
        schema.Description = description;
    }

    private static void DescribeRunFact(OpenApiSchema schema)
    {
        DescribeFact(schema, "project_id", "work_order_id");
        Describe(schema, "id", id => DescribeId(id, "The id of the run; the address gives it already."));
        Describe(schema, "project_id", id => DescribeText(id, "The project, usually a repository.", IdPatterns.ProjectId));
        Describe(schema, "work_order_id", id => DescribeText(id, "The work order that the run works on.", IdPatterns.Id));
        Describe(schema, "status", status =>
        {
            status.Description = "Where the run stands.";
            status.Enum = [.. ToEnum(EnumNames.Of<RunStatus>()), JsonNullSentinel.JsonNull];
            status.Default = RunStatus.Running.Name();
        });
        Describe(schema, "started_at", startedAt =>
            startedAt.Description = "When the run started, with an offset; by default the time of the call. At most a day in the future.");
        Describe(schema, "ended_at", endedAt => endedAt.Description =
            "When the run ended, with an offset, not before started_at; null while status is running, by default the time of the call when it is final.");
    }

    private static void DescribePhaseMetricFact(OpenApiSchema schema)
    {
        DescribeFact(schema, "phase", "started_at");
        Describe(schema, "id", id => DescribeId(id, "The id of the metric: the one in the address where there is one, else made when left out."));
        Describe(schema, "run_id", id => DescribeId(id, "The run that the phase belongs to; the address gives it already."));
        Describe(schema, "phase", phase =>
        {
            phase.Type = JsonSchemaType.String;
            phase.Description = "The phase.";
            phase.Enum = ToEnum(EnumNames.Of<RunPhase>());
        });
        Describe(schema, "iteration", iteration =>
        {
            iteration.Description = "The iteration of the run, from 1.";
            iteration.Minimum = "1";
            iteration.Default = 1;
        });
        Describe(schema, "started_at", startedAt =>
            startedAt.Description = "When the phase started, with an offset. At most a day in the future.");
        Describe(schema, "ended_at", endedAt => endedAt.Description =
            "When the phase ended, with an offset, not before started_at; null while it is open or when its end is unknown.");
        Describe(schema, "duration_seconds", seconds =>
        {
            seconds.Description = "How long the phase took, in whole seconds; computed from started_at and ended_at when left out.";
            seconds.Minimum = "0";
        });
        Describe(schema, "outcome", outcome =>
        {
            outcome.Description = "How the phase came out; null while it is open. Only the phase reviewer has approved and changes_requested.";
            outcome.Enum = [.. ToEnum(EnumNames.Of<PhaseOutcome>()), JsonNullSentinel.JsonNull];
        });
        schema.Properties!["metadata"] = Metadata();
    }

    private static void DescribePhaseMetricRecord(OpenApiSchema schema)
    {
        Describe(schema, "iteration", iteration => iteration.Minimum = "1");
        Describe(schema, "duration_seconds", seconds =>
        {
            seconds.Description = "How long the phase took, in whole seconds; null exactly when ended_at is.";
            seconds.Minimum = "0";
        });
        Describe(schema, "outcome", outcome => outcome.Description = "How the phase came out; null while it is open.");
        schema.Properties!["metadata"] = Metadata();
    }

    private static void DescribeProblem(OpenApiSchema schema)
    {
        schema.Description = "What went wrong, by RFC 9457.";
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", ApiProblemDetailsFactory.TraceIdKey };
        schema.Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("The kind of problem: always about:blank, so that title and status say it."),
            ["title"] = Text("The name of the status."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The status code of the answer." },
            ["detail"] = Text("What is wrong with this request, in sentences."),
            [ApiProblemDetailsFactory.TraceIdKey] = Text("The id of the request in the log."),
            [ApiProblemDetailsFactory.ErrorsKey] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "All that is wrong with the request: for each field the value and what would be accepted.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        };
    }

    /// <summary>A fact has nothing but its fields, and its id comes first.</summary>
    private static void DescribeFact(OpenApiSchema schema, params string[] required)
    {
        schema.Required = new HashSet<string>(required, StringComparer.Ordinal);
        schema.AdditionalPropertiesAllowed = false;
        schema.Properties = (schema.Properties ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal))
            .OrderBy(property => property.Key == "id" ? 0 : 1)
            .ToDictionary(StringComparer.Ordinal);
    }

    private static void DescribeId(OpenApiSchema schema, string description)
    {
        schema.Description = description;
        schema.Pattern = IdPatterns.Id;
    }

    private static void DescribeText(OpenApiSchema schema, string description, string pattern)
    {
        schema.Type = JsonSchemaType.String;
        schema.Description = description;
        schema.Pattern = pattern;
    }

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static OpenApiSchema Metadata() => new()
    {
        Type = JsonSchemaType.Object | JsonSchemaType.Null,
        Description = "What else is known of the phase, such as test count, files changed or exit code: at most "
            + $"{PhaseMetadata.MaxBytes} bytes of compact JSON and {PhaseMetadata.MaxDepth} levels.",
    };

    private static void Describe(OpenApiSchema schema, string property, Action<OpenApiSchema> describe)
    {
        if (schema.Properties?[property] is OpenApiSchema known)
        {
            describe(known);
        }
    }

    private static List<JsonNode> ToEnum<T>(EnumNames<T> terms)
        where T : struct, Enum =>
        [.. terms.Names.Select(name => (JsonNode)name)];
}
