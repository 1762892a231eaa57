using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RunMetrics.Api.Export;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Import;

namespace RunMetrics.Api.OpenApi;

/// <summary>Names the fact that the JSON body of an action is.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AcceptsFactAttribute<TFact>() : AcceptsFactAttribute(typeof(TFact))
    where TFact : Fact;

/// <inheritdoc cref="AcceptsFactAttribute{TFact}"/>
internal abstract class AcceptsFactAttribute(Type factType) : Attribute
{
    public Type FactType { get; } = factType;
}

/// <summary>The body of an action is a fact a line.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AcceptsFactLinesAttribute : Attribute;

/// <summary>The answer of an action is a fact a line, or CSV.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GivesFactLinesAttribute : Attribute;

/// <summary>
/// Describes bodies that the actions read as plain JSON in order to report all that is wrong with them at once, and those that they write themselves.
/// </summary>
internal sealed class FactBodyTransformer : IOpenApiOperationTransformer
{
    private const string JsonContentType = "application/json";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AcceptsFactAttribute>().SingleOrDefault() is { } fact)
        {
            operation.RequestBody = Body(JsonContentType, await ReferToAsync(context, fact.FactType, cancellationToken));
        }
        else if (metadata.OfType<AcceptsFactLinesAttribute>().Any())
        {
            operation.RequestBody = Body(FactImport.ContentType, await LinesAsync(
                context,
                "One of these a line, each ended by a line feed; the last one need not be. A line has at most "
                    + $"{FactImport.MaxLineBytes} bytes and must say all of its fact: a run with a final status says its ended_at too.",
                cancellationToken));
        }
        else if (metadata.OfType<GivesFactLinesAttribute>().Any())
        {
            var lines = await LinesAsync(
                context, "One of these a line, each ended by a line feed, with all fields of its fact, null where there is nothing.", cancellationToken);
            var table = new OpenApiSchema { Type = JsonSchemaType.String };
            operation.Responses!["200"] = new OpenApiResponse
            {
                Description = "OK",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [FactImport.ContentType] = new() { Schema = lines },
                    [FactCsv.ContentType] = new() { Schema = table },
                },
            };
        }
    }

    private static async Task<OpenApiSchema> LinesAsync(
        OpenApiOperationTransformerContext context, string description, CancellationToken cancellationToken)
    {
        var run = await ReferToAsync(context, typeof(RunFact), cancellationToken);
        var phaseMetric = await ReferToAsync(context, typeof(PhaseMetricFact), cancellationToken);
        return new OpenApiSchema
        {
            Description = description,
            OneOf = [Line(FactReader.RunKind, run, "id", "status", "started_at"), Line(FactReader.PhaseMetricKind, phaseMetric, "run_id")],
        };
    }

    private static OpenApiRequestBody Body(string contentType, IOpenApiSchema schema) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [contentType] = new() { Schema = schema } },
    };

    private static OpenApiSchema Line(string kind, IOpenApiSchema fact, params string[] required) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { kind },
        AdditionalPropertiesAllowed = false,
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            [kind] = new OpenApiSchema
            {
                AllOf = [fact, new OpenApiSchema { Required = new HashSet<string>(required, StringComparer.Ordinal) }],
            },
        },
    };

    private static async Task<IOpenApiSchema> ReferToAsync(
        OpenApiOperationTransformerContext context, Type type, CancellationToken cancellationToken)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken);
        context.Document!.AddComponent(type.Name, schema);
        return new OpenApiSchemaReference(type.Name, context.Document);
    }
}
