using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace RunMetrics.Api.OpenApi;

/// <summary>Registers the OpenAPI document, <c>/openapi/v1.json</c>.</summary>
internal static class ApiDocument
{
    public const string BearerScheme = "bearer";

    private const string Description =
        "The flight recorder for autonomous coding agents: what each phase of a run took and how it came out.";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        // Any JSON is no type of the contract: it is described where it stands.
        options.CreateSchemaReferenceId = type =>
            type.Type == typeof(JsonElement) || type.Type == typeof(JsonElement?) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddSchemaTransformer<SchemaTransformer>();
        options.AddOperationTransformer<OperationTransformer>();
        options.AddOperationTransformer<FactBodyTransformer>();
        options.AddOperationTransformer<ProblemResponseTransformer>();
        options.AddDocumentTransformer<EnumReferenceTransformer>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "RunMetrics";
            document.Info.Version = "v1";
            document.Info.Description = Description;

            // The address of whoever asked is no part of the contract.
            document.Servers = [];

            document.AddComponent(BearerScheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "Needed only where authentication is configured. Reads need the scope metrics:read, writes metrics:write; a claim "
                    + "projects limits a token to the projects that it lists.",
            });
            return Task.CompletedTask;
        });
    });
}
