using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using RunMetrics.Api.Errors;

namespace RunMetrics.Api.OpenApi;

/// <summary>
/// Describes the errors that an action names, and those that any call can end in: 400 for a query parameter that it does not have, and 500.
/// </summary>
internal sealed class ProblemResponseTransformer : IOpenApiOperationTransformer
{
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schema = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), parameterDescription: null, cancellationToken);
        context.Document!.AddComponent(nameof(ProblemDetails), schema);

        var statuses = context.Description.ActionDescriptor.EndpointMetadata
            .OfType<ProducesProblemAttribute>()
            .SelectMany(attribute => attribute.StatusCodes)
            .Append(StatusCodes.Status400BadRequest)
            .Append(StatusCodes.Status500InternalServerError)
            .Distinct();
        operation.Responses ??= [];
        foreach (var status in statuses.Order())
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [ProblemResponse.ContentType] = new() { Schema = new OpenApiSchemaReference(nameof(ProblemDetails), context.Document) },
                },
            };
        }
    }
}
