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
    private const string LineSchema = "FactLine";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<AcceptsFactAttribute>().SingleOrDefault() is { } fact)
        {
            operation.RequestBody = Body(JsonContentType, await ReferToAsync(context, fact.FactType, cancellationToken));
        }
        else if (metadata.OfType<AcceptsFactLinesAttribute>().Any())
        {
            await DescribeLineAsync(context, cancellationToken);
            operation.RequestBody = Body(FactImport.ContentType, Stream(
                $"A {LineSchema} a line, each ended by a line feed; the last one need not be. A line has at most {FactImport.MaxLineBytes} bytes."));
        }
        else if (metadata.OfType<GivesFactLinesAttribute>().Any())
        {
            await DescribeLineAsync(context, cancellationToken);
            operation.Responses!["200"] = new OpenApiResponse
            {
                Description = "OK",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [FactImport.ContentType] = new()
                    {
                        Schema = Stream($"A {LineSchema} a line, each ended by a line feed, with all fields of its fact, null where there is nothing."),
                    },
                    [FactCsv.ContentType] = new() { Schema = Stream("A header, then a row for each phase metric, and one for each run without any.") },
                },
            };
        }
    }

    /// <summary>Bytes to send or to read as they come: generators would make one JSON value of anything else.</summary>
    private static OpenApiSchema Stream(string description) => new() { Type = JsonSchemaType.String, Format = "binary", Description = description };

    private static async Task DescribeLineAsync(OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var run = await ReferToAsync(context, typeof(RunFact), cancellationToken);
        run.Description = "A run that says at least its id, status and started_at, and with a final status its ended_at too.";
        var phaseMetric = await ReferToAsync(context, typeof(PhaseMetricFact), cancellationToken);
        phaseMetric.Description = "A phase metric that says at least its run_id beside what it must say anywhere.";
        context.Document!.AddComponent(LineSchema, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A line of an import or export: either a run or a phase metric.",
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                [FactReader.RunKind] = run,
                [FactReader.PhaseMetricKind] = phaseMetric,
            },
            MinProperties = 1,
            MaxProperties = 1,
            AdditionalPropertiesAllowed = false,
        });
    }

    private static OpenApiRequestBody Body(string contentType, IOpenApiSchema schema) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [contentType] = new() { Schema = schema } },
    };

    private static async Task<OpenApiSchemaReference> ReferToAsync(
        OpenApiOperationTransformerContext context, Type type, CancellationToken cancellationToken)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, parameterDescription: null, cancellationToken);
        context.Document!.AddComponent(type.Name, schema);
        return new OpenApiSchemaReference(type.Name, context.Document);
    }
}
