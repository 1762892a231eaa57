using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.OpenApi;

/// <summary>Says what the generator does not read from types and annotations by itself: names of enumerations, and what may be null.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    public async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        var value = Nullable.GetUnderlyingType(type) ?? type;
        if (value.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Description ??= value == type ? null : (await context.GetOrCreateSchemaAsync(value, null, cancellationToken)).Description;
            schema.Enum = [.. Enum.GetValues(value).Cast<object>().Select(member => JsonSerializer.SerializeToNode(member, value, context.JsonTypeInfo.Options)!)];
        }
        else if (value == typeof(DateTimeOffset))
        {
            schema.Type = value == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "date-time";
        }
        else if (value == typeof(JsonElement) && context.JsonPropertyInfo is not null)
        {
            schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;

            // Left unsaid, generators take it for an object without any field.
            schema.AdditionalProperties = new OpenApiSchema();
            schema.Description += $" Accepted: {PhaseMetadata.Accepted}.";
        }

        if (context.JsonPropertyInfo is { AttributeProvider: { } attributes })
        {
            TransformProperty(schema, attributes);
        }
    }

    private static void TransformProperty(OpenApiSchema schema, ICustomAttributeProvider attributes)
    {
        if (attributes.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: true) is [AllowedValuesAttribute allowed])
        {
            schema.Enum = [.. allowed.Values.Select(name => (JsonNode)(string)name!), JsonNullSentinel.JsonNull];
        }

        var isNeverNull = attributes.IsDefined(typeof(RequiredAttribute), inherit: true)
            || attributes.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull }];
        if (isNeverNull)
        {
            schema.Type &= ~JsonSchemaType.Null;
            schema.Enum?.Remove(JsonNullSentinel.JsonNull);
        }
    }
}
