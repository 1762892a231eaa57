using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RunMetrics.Api.Errors;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Api.OpenApi;

/// <summary>Says in the document what the types cannot: terms, alphabets, ranges and defaults.</summary>
internal sealed class ContractSchemaTransformer : IOpenApiSchemaTransformer
{
    private const string IdPattern = "^[A-Za-z0-9._:-]{1,128}$";
    private const string ProjectIdPattern = "^[A-Za-z0-9._:/-]{1,128}$";

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        switch (Nullable.GetUnderlyingType(type) ?? type)
        {
            case var phase when phase == typeof(RunPhase):
                DescribeTerms(schema, Terms.Phases);
                break;
            case var outcome when outcome == typeof(PhaseOutcome):
                DescribeTerms(schema, Terms.Outcomes);
                break;
            case var status when status == typeof(RunStatus):
                DescribeTerms(schema, Terms.Statuses);
                break;
            case var run when run == typeof(RunFact):
                DescribeRunFact(schema);
                break;
            case var metric when metric == typeof(PhaseMetricFact):
                DescribePhaseMetricFact(schema);
                break;
            case var record when record == typeof(PhaseMetricRecord):
                Describe(schema, "metadata", metadata => metadata.Type = JsonSchemaType.Object | JsonSchemaType.Null);
                break;
            case var problem when problem == typeof(ProblemDetails):
                DescribeProblem(schema);
                break;
        }

        return Task.CompletedTask;
    }

    private static void DescribeTerms<T>(OpenApiSchema schema, Terms<T> terms)
        where T : struct, Enum
    {
        schema.Type = JsonSchemaType.String;
        schema.Enum = ToEnum(terms);
    }

    private static void DescribeRunFact(OpenApiSchema schema)
    {
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "project_id", "work_order_id" };
        schema.AdditionalPropertiesAllowed = false;
        Describe(schema, "id", id => id.Pattern = IdPattern);
        Describe(schema, "project_id", id => RequireText(id, ProjectIdPattern));
        Describe(schema, "work_order_id", id => RequireText(id, IdPattern));
        Describe(schema, "status", status =>
        {
            status.Enum = ToEnum(Terms.Statuses);
            status.Default = RunStatus.Running.Name();
        });
    }

    private static void DescribePhaseMetricFact(OpenApiSchema schema)
    {
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "phase", "started_at" };
        schema.AdditionalPropertiesAllowed = false;
        Describe(schema, "id", id => id.Pattern = IdPattern);
        Describe(schema, "run_id", id => id.Pattern = IdPattern);
        Describe(schema, "phase", phase =>
        {
            phase.Type = JsonSchemaType.String;
            phase.Enum = ToEnum(Terms.Phases);
        });
        Describe(schema, "iteration", iteration =>
        {
            iteration.Minimum = "1";
            iteration.Default = 1;
        });
        Describe(schema, "started_at", startedAt => startedAt.Type = JsonSchemaType.String);
        Describe(schema, "duration_seconds", seconds => seconds.Minimum = "0");
        Describe(schema, "outcome", outcome => outcome.Enum = [.. ToEnum(Terms.Outcomes), null!]);
        Describe(schema, "metadata", metadata => metadata.Type = JsonSchemaType.Object | JsonSchemaType.Null);
    }

    private static void DescribeProblem(OpenApiSchema schema)
    {
        schema.Description = "What went wrong, by RFC 9457.";
        schema.Properties ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        schema.Properties[ApiProblemDetailsFactory.TraceIdKey] = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = "The id of the request in the log.",
        };
        schema.Properties[ApiProblemDetailsFactory.ErrorsKey] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "All that is wrong with the request, by field.",
            AdditionalProperties = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
            },
        };
    }

    private static void RequireText(OpenApiSchema schema, string pattern)
    {
        schema.Type = JsonSchemaType.String;
        schema.Pattern = pattern;
    }

    private static void Describe(OpenApiSchema schema, string property, Action<OpenApiSchema> describe)
    {
        if (schema.Properties?[property] is OpenApiSchema known)
        {
            describe(known);
        }
    }

    private static List<JsonNode> ToEnum<T>(Terms<T> terms)
        where T : struct, Enum =>
        [.. terms.Names.Select(name => (JsonNode)name)];
}
