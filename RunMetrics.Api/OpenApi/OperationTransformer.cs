using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.OpenApi;

/// <summary>Names each operation after its action, says what the ids in its address look like and which scope a token needs for it.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    private const string AsyncSuffix = "Async";

    // In a path a slash is an escape of three characters.
    private static readonly string IdPattern = Limited($"[{Identifiers.Characters}]");
    private static readonly string ProjectIdPattern = Limited($"([{Identifiers.Characters}]|%2[Ff])");

    private static readonly Dictionary<string, string> PatternsByParameter = new(StringComparer.Ordinal)
    {
        ["runId"] = IdPattern,
        ["metricId"] = IdPattern,
        ["id"] = ProjectIdPattern,
    };

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor is ControllerActionDescriptor action)
        {
            var name = action.ActionName.EndsWith(AsyncSuffix, StringComparison.Ordinal) ? action.ActionName[..^AsyncSuffix.Length] : action.ActionName;
            operation.OperationId = JsonNamingPolicy.CamelCase.ConvertName(name);
        }

        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AuthorizeAttribute>().FirstOrDefault()?.Policy is { } scope)
        {
            // Either nobody is asked, or a token with the scope is needed: that is a matter of configuration.
            var bearer = new OpenApiSecuritySchemeReference(ApiDocument.BearerScheme, context.Document);
            operation.Security = [[], new OpenApiSecurityRequirement { [bearer] = [scope] }];
        }

        if (context.Description.HttpMethod == HttpMethods.Get)
        {
            DescribeEntityTag(operation);
        }

        foreach (var parameter in operation.Parameters ?? [])
        {
            if (parameter is { In: ParameterLocation.Path, Name: { } name, Schema: OpenApiSchema schema })
            {
                schema.Pattern = PatternsByParameter.GetValueOrDefault(name);
            }
        }

        await DescribeMembersAsync(operation, context, cancellationToken);
    }

    /// <summary>The generator reads the words on parameters of an action, but not those on the members of one.</summary>
    private static async Task DescribeMembersAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var described in context.Description.ParameterDescriptions)
        {
            if (described.ModelMetadata is { ContainerType: { } container, PropertyName: { } property }
                && operation.Parameters?.FirstOrDefault(parameter => parameter.Name == described.Name) is OpenApiParameter parameter)
            {
                var schema = await context.GetOrCreateSchemaAsync(container, parameterDescription: null, cancellationToken);
                parameter.Description = schema.Properties![JsonNamingPolicy.SnakeCaseLower.ConvertName(property)].Description;
            }
        }
    }

    /// <summary>Every JSON answer to a GET has a tag.</summary>
    private static void DescribeEntityTag(OpenApiOperation operation)
    {
        if (operation.Responses?.GetValueOrDefault("200") is OpenApiResponse { Content: { } content } success && content.ContainsKey("application/json"))
        {
            success.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
            {
                ["ETag"] = new OpenApiHeader
                {
                    Description = "Changes exactly when the answer does.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
            operation.Responses["304"] = new OpenApiResponse { Description = "The answer still has the ETag that If-None-Match names." };
        }
    }

    private static string Limited(string character) => $"^{character}{{1,{Identifiers.MaxLength}}}$";
}
