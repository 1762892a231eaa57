using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using RunMetrics.Api.Errors;

namespace RunMetrics.Api.OpenApi;

/// <summary>Names statuses that an action answers with problem details.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ProducesProblemAttribute(params int[] statusCodes) : Attribute
{
    public IReadOnlyList<int> StatusCodes { get; } = statusCodes;
}

/// <summary>
/// Describes the errors that an action names, and those that follow from what all share: 400 for a query parameter that it does not have, 401, 403
/// and 503 where a policy guards what is recorded, 429 and 504 by the limits, and 500.
/// </summary>
internal sealed class ProblemResponseTransformer : IOpenApiOperationTransformer
{
    private const string SchemaName = "ProblemDetails";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schema = await context.GetOrCreateSchemaAsync(typeof(Problem), parameterDescription: null, cancellationToken);
        context.Document!.AddComponent(SchemaName, schema);

        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var statuses = metadata
            .OfType<ProducesProblemAttribute>()
            .SelectMany(attribute => attribute.StatusCodes)
            .Append(StatusCodes.Status400BadRequest)
            .Append(StatusCodes.Status429TooManyRequests)
            .Append(StatusCodes.Status500InternalServerError)
            .Concat(metadata.OfType<AuthorizeAttribute>().Any()
                ? [StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status503ServiceUnavailable]
                : [])
            .Concat(metadata.OfType<DisableRequestTimeoutAttribute>().Any() ? [] : [StatusCodes.Status504GatewayTimeout]);
        operation.Responses ??= [];
        foreach (var status in statuses.Distinct().Order())
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [Problem.ContentType] = new() { Schema = new OpenApiSchemaReference(SchemaName, context.Document) },
                },
            };
        }
    }
}
