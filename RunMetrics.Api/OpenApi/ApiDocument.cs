using System.Text.Json;

namespace RunMetrics.Api.OpenApi;

/// <summary>Registers the OpenAPI document, <c>/openapi/v1.json</c>.</summary>
internal static class ApiDocument
{
    private const string Description =
        "The flight recorder for autonomous coding agents: what each phase of a run took and how it came out.";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddSchemaTransformer<ContractSchemaTransformer>();
        options.AddOperationTransformer<OperationTransformer>();
        options.AddOperationTransformer<FactBodyTransformer>();
        options.AddOperationTransformer<ProblemResponseTransformer>();
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "RunMetrics";
            document.Info.Version = "v1";
            document.Info.Description = Description;

            // The address of whoever asked is no part of the contract.
            document.Servers = [];

            // Wherever it stands, it is described in its place.
            document.Components?.Schemas?.Remove(nameof(JsonElement));
            return Task.CompletedTask;
        });
    });
}
