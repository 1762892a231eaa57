using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace RunMetrics.Api.OpenApi;

/// <summary>
/// Lets fields that are text in the code, as those of facts are, refer to the enumeration whose names they list: of each copy of the names, generators
/// make a type of its own.
/// </summary>
internal sealed class EnumReferenceTransformer : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var schemas = document.Components!.Schemas!;
        var enumerations = schemas.Where(schema => HasNames(schema.Value)).ToDictionary(schema => NamesOf(schema.Value), schema => schema.Key, StringComparer.Ordinal);
        foreach (var fields in schemas.Values.Select(schema => schema.Properties).OfType<IDictionary<string, IOpenApiSchema>>())
        {
            foreach (var (name, schema) in fields.Where(field => field.Value is OpenApiSchema && HasNames(field.Value)).ToList())
            {
                fields[name] = Refer(schema, new OpenApiSchemaReference(enumerations[NamesOf(schema)], document) { Description = schema.Description });
            }
        }

        return Task.CompletedTask;
    }

    private static IOpenApiSchema Refer(IOpenApiSchema schema, OpenApiSchemaReference reference) => schema.Type?.HasFlag(JsonSchemaType.Null) is true
        ? new OpenApiSchema { OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, reference] }
        : reference;

    private static bool HasNames(IOpenApiSchema schema) => schema.Enum is { Count: > 0 };

    private static string NamesOf(IOpenApiSchema schema) =>
        string.Join(',', schema.Enum!.Where(name => !JsonNullSentinel.IsJsonNullSentinel(name)).Select(name => (string?)name));
}
